// Rows that are rounded with one step each times weights of int8 with one scale a row, with AVX2.
// Sums are of integers from end to end, so that all kernels give the same bits.
//
// Codes of activations have 16 bits: products with weights, widened on the way, add up in pairs
// without saturating. Of more rows than MOST_FEW, pairs of neighbours of STRIP rows lie side by side.
#include "rounded.avx2.h"

enum { MOST_FEW = 16, AT_ONCE = 4, STRIP = 6, COLUMNS = 16, GROUP_BYTES = 1 << 17 };

#define AHEAD 1536 // bytes

INLINE __m256i widened(const int8_t *codes) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)codes));
}

INLINE __m256i plus_products(__m256i sum, __m256i a, __m256i b) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

INLINE int32_t total(__m256i v) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

// 16 codes, at most 127 in magnitude.
INLINE __m256i codes(const float *x, __m256 inverse) {
  const __m256 most = _mm256_set1_ps(127), least = _mm256_set1_ps(-127);
  __m256i v[2];
  for (int i = 0; i < 2; i++) {
    __m256 scaled = _mm256_mul_ps(_mm256_loadu_ps(x + 8 * i), inverse);
    v[i] = _mm256_cvtps_epi32(_mm256_max_ps(_mm256_min_ps(scaled, most), least));
  }
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(v[0], v[1]), 0xd8);
}

static void round_row(const struct int8_rows *r, int64_t row, int16_t *to) {
  const float *x = r->x + row * r->inner;
  float most = magnitude(x, r->inner), step = r->step, inverse = 1 / step;
  if (r->step == 0) {
    step = most < SMALLEST ? 0 : most / 127;
    inverse = most < SMALLEST ? 0 : 127 / most;
  }
  r->steps[row] = most - most == 0 ? step : __builtin_nanf("");
  for (int64_t i = 0; i < r->inner; i += 16) {
    store(to + i, codes(x + i, _mm256_set1_ps(inverse)));
  }
}

// A strip of rows, those that are not there as zeros.
static void round_strip(const struct int8_rows *r, int64_t first, int16_t *spare) {
  int32_t *to = (int32_t *)r->codes + first * r->inner / 2;
  for (int64_t row = first; row < first + STRIP; row++, to++) {
    if (row < r->rows) {
      round_row(r, row, spare);
    } else {
      memset(spare, 0, 2 * r->inner);
    }
    for (int64_t k = 0; k < r->inner / 2; k++) {
      memcpy(to + STRIP * k, spare + 2 * k, 4);
    }
  }
}

// Dozens of rows from `first` to before `last`, with scratch of 4 * inner bytes.
EXPORT void bessemer_int8_round_avx2(const struct int8_rows *r, int64_t first, int64_t last,
                                     char *scratch) {
  int64_t end = last * ROUNDED_TOGETHER;
  for (int64_t row = first * ROUNDED_TOGETHER; row < end && row < r->rows;) {
    if (r->rows > MOST_FEW) {
      round_strip(r, row, (int16_t *)scratch);
      row += STRIP;
    } else {
      round_row(r, row, (int16_t *)r->codes + row * r->inner);
      row++;
    }
  }
}

// Two columns times up to AT_ONCE rows: memory is read faster in two streams than in one.
INLINE void two_columns(int rows, const struct int8_product *p, int64_t row, int64_t c,
                        int64_t d) {
  const int8_t *w = p->weights + c * p->inner, *v = p->weights + d * p->inner;
  const int16_t *x = (const int16_t *)p->codes + row * p->inner;
  __m256i s[AT_ONCE], t[AT_ONCE];
  for (int r = 0; r < rows; r++) {
    s[r] = t[r] = _mm256_setzero_si256();
  }
  for (int64_t i = 0; i < p->inner; i += 64) {
    _mm_prefetch((const char *)w + i + AHEAD, _MM_HINT_T0);
    _mm_prefetch((const char *)v + i + AHEAD, _MM_HINT_T0);
#pragma GCC unroll 4
    for (int64_t k = i; k < i + 64; k += 16) {
      __m256i a = widened(w + k), b = widened(v + k);
#pragma GCC unroll 4
      for (int r = 0; r < rows; r++) {
        __m256i at = load(x + r * p->inner + k);
        s[r] = now(plus_products(s[r], a, at));
        t[r] = now(plus_products(t[r], b, at));
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    float *out = p->out + (row + r) * p->row_step, step = p->steps[row + r];
    out[c] = total(s[r]) * (step * p->scales[c]);
    out[d] = total(t[r]) * (step * p->scales[d]);
  }
}

static void few_columns(const struct int8_product *p, int64_t c, int64_t d) {
  for (int64_t row = 0; row < p->rows; row += AT_ONCE) {
    switch (p->rows - row) {
      case 1: two_columns(1, p, row, c, d); break;
      case 2: two_columns(2, p, row, c, d); break;
      case 3: two_columns(3, p, row, c, d); break;
      default: two_columns(4, p, row, c, d);
    }
  }
}

static void few_rows(const struct int8_product *p, int64_t first, int64_t last) {
  int64_t half = (last - first) / 2;
  for (int64_t column = first; column < first + half; column++) {
    few_columns(p, column, column + half);
  }
  if (first + 2 * half < last) {
    few_columns(p, last - 1, last - 1);
  }
}

// A panel of COLUMNS columns, of which the last may be missing: [inner / 2, COLUMNS, 2].
static void fill(const struct int8_product *p, int64_t column, int width, int8_t *panel) {
  const __m256i pairs = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15));
  const uint8_t *columns[COLUMNS];
  for (int i = 0; i < COLUMNS; i++) {
    columns[i] = (const uint8_t *)p->weights + (column + (i < width ? i : width - 1)) * p->inner;
    for (int64_t line = 0; line < p->inner; line += 64) { // of the next panel
      _mm_prefetch((const char *)columns[i] + COLUMNS * p->inner + line, _MM_HINT_T1);
    }
  }
  for (int half = 0; half < COLUMNS; half += 8) {
    for (int64_t i = 0; i < p->inner; i += 32) {
      __m256i v[8];
      turn(columns + half, i, v);
      for (int j = 0; j < 8; j++) {
        __m256i two = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(v[j], pairs), 0xd8);
        int8_t *to = panel + (i / 2 + 2 * j) * 2 * COLUMNS + 2 * half;
        _mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(two));
        _mm_storeu_si128((__m128i *)(to + 2 * COLUMNS), _mm256_extracti128_si256(two, 1));
      }
    }
  }
}

// The first `rows` rows of a strip times a panel.
INLINE void tile(int rows, const struct int8_product *p, const int8_t *w, int64_t row,
                 int64_t column, int width) {
  const int16_t *x = (const int16_t *)p->codes + row * p->inner;
  __m256i s[STRIP][2];
  for (int i = 0; i < 2 * rows; i++) {
    s[i / 2][i % 2] = _mm256_setzero_si256();
  }
  for (int64_t k = 0; k < p->inner; k += 2, w += 2 * COLUMNS, x += 2 * STRIP) {
    __m256i a = widened(w), b = widened(w + COLUMNS);
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      int32_t two;
      memcpy(&two, x + 2 * r, 4);
      __m256i v = _mm256_set1_epi32(two);
      s[r][0] = now(plus_products(s[r][0], a, v));
      s[r][1] = now(plus_products(s[r][1], b, v));
    }
  }
  float scales[COLUMNS] = {0}, products[COLUMNS];
  memcpy(scales, p->scales + column, 4 * width);
  for (int r = 0; r < rows && row + r < p->rows; r++) {
    __m256 step = _mm256_set1_ps(p->steps[row + r]);
    for (int i = 0; i < 2; i++) {
      __m256 scale = _mm256_mul_ps(step, _mm256_loadu_ps(scales + 8 * i));
      _mm256_storeu_ps(products + 8 * i, _mm256_mul_ps(_mm256_cvtepi32_ps(s[r][i]), scale));
    }
    memcpy(p->out + (row + r) * p->row_step + column, products, 4 * width);
  }
}

static void strip(const struct int8_product *p, const int8_t *panel, int64_t row, int64_t column,
                  int width) {
  switch (p->rows - row) {
    case 1:
    case 2: tile(2, p, panel, row, column, width); break;
    case 3:
    case 4: tile(4, p, panel, row, column, width); break;
    default: tile(STRIP, p, panel, row, column, width);
  }
}

INLINE int64_t panels_of_group(const struct int8_product *p) {
  int64_t panels = GROUP_BYTES / (COLUMNS * p->inner);
  return panels < 1 ? 1 : panels;
}

// Panels of a group stay in the second cache, as does a strip of rows, while they are multiplied.
static void many_rows(const struct int8_product *p, int64_t first, int64_t last, int8_t *panels) {
  int64_t size = COLUMNS * p->inner, group = COLUMNS * panels_of_group(p);
  for (int64_t from = first; from < last; from += group) {
    int64_t to = from + group < last ? from + group : last;
    for (int64_t c = from; c < to; c += COLUMNS) {
      fill(p, c, to - c < COLUMNS ? to - c : COLUMNS, panels + (c - from) / COLUMNS * size);
    }
    for (int64_t row = 0; row < p->rows; row += STRIP) {
      for (int64_t c = from; c < to; c += COLUMNS) {
        int width = to - c < COLUMNS ? to - c : COLUMNS;
        strip(p, panels + (c - from) / COLUMNS * size, row, c, width);
      }
    }
  }
}

// Bytes of scratch that one call of bessemer_int8_avx2 uses.
EXPORT int64_t bessemer_int8_scratch_avx2(const struct int8_product *p) {
  return p->rows > MOST_FEW ? panels_of_group(p) * COLUMNS * p->inner : 0;
}

// Columns `first` to before `last`.
EXPORT void bessemer_int8_avx2(const struct int8_product *p, int64_t first, int64_t last,
                               char *scratch) {
  if (p->rows > MOST_FEW) {
    many_rows(p, first, last, (int8_t *)scratch);
  } else {
    few_rows(p, first, last);
  }
}
