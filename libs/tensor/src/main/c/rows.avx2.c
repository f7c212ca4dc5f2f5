// Products of one to eight rounded rows: each column of weights is read and unpacked once for all.
#include "rounded.avx2.h"

#define AHEAD 1536 // bytes

// How the codes of a column lie: nibbles as stored; unpacked bytes of up to 6 bits; bytes as stored.
enum kind { NIBBLES, BYTES, WHOLE };

INLINE __m256i words_of(__m256i codes, __m256i x) { return _mm256_maddubs_epi16(codes, x); }

INLINE __m256i wide(__m256i words) { return _mm256_madd_epi16(words, _mm256_set1_epi16(1)); }

// Signed codes: the sign goes to the other side, because pairs of unsigned ones would saturate.
INLINE __m256i whole(__m256i codes, __m256i x) {
  return wide(_mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(x, codes)));
}

INLINE __m256 added(__m256 sum, __m256i products, float factor) {
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), _mm256_set1_ps(factor), sum);
}

// 64 codes of a column, in two vectors, times those of a row.
INLINE __m256 block(__m256 sum, enum kind kind, int small, __m256i a, __m256i b, const int8_t *x,
                    const float *factor) {
  if (!small) {
    __m256i p = load(x), q = load(x + 32);
    if (kind == WHOLE) {
      return added(sum, _mm256_add_epi32(whole(a, p), whole(b, q)), *factor);
    }
    return added(sum, wide(_mm256_add_epi16(words_of(a, p), words_of(b, q))), *factor);
  }
  if (kind == NIBBLES) { // halves of the vectors belong to two groups
    __m256i s = _mm256_permute2x128_si256(load(x), load(x + 32), 0x20);
    __m256i t = _mm256_permute2x128_si256(load(x), load(x + 32), 0x31);
    __m256i products = wide(_mm256_add_epi16(words_of(a, s), words_of(b, t)));
    __m256 factors = _mm256_set_m128(_mm_set1_ps(factor[1]), _mm_set1_ps(factor[0]));
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), factors, sum);
  }
  __m256i p = load(x), q = load(x + 32);
  if (kind == WHOLE) {
    return added(added(sum, whole(a, p), factor[0]), whole(b, q), factor[1]);
  }
  return added(added(sum, wide(words_of(a, p)), factor[0]), wide(words_of(b, q)), factor[1]);
}

struct codes {
  __m256i a, b;
};

// 64 codes of a column.
INLINE struct codes codes_at(enum kind kind, const uint8_t *w) {
  if (kind == NIBBLES) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i v = load(w);
    struct codes c = {_mm256_and_si256(v, low), _mm256_and_si256(_mm256_srli_epi16(v, 4), low)};
    return c;
  }
  const __m256i flip = kind == WHOLE ? _mm256_set1_epi8(-128) : _mm256_setzero_si256();
  struct codes c = {_mm256_xor_si256(load(w), flip), _mm256_xor_si256(load(w + 32), flip)};
  return c;
}

INLINE void block_of_rows(__m256 *sums, int rows, enum kind kind, int small, const uint8_t *w,
                          const int8_t *x, int64_t inner, const float *factors, int64_t step) {
  struct codes c = codes_at(kind, w);
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++) {
    sums[r] = block(sums[r], kind, small, c.a, c.b, x + r * inner, factors + r * step);
  }
}

// The sums of one column over blocks of 64; two of each row where registers are left.
INLINE void dot(__m256 *sums, int rows, enum kind kind, int small, const struct product *p,
                const uint8_t *w, const float *factors) {
  int64_t step = padded_groups(p->inner, p->group);
  int64_t shift = p->group == 128, bytes = kind == NIBBLES ? 32 : 64, blocks = p->inner / 64, i = 0;
  if (rows <= 3) {
    __m256 others[3] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    for (; i + 2 <= blocks; i += 2) {
      for (int64_t line = 0; line < 2 * bytes; line += 64) {
        _mm_prefetch((const char *)w + i * bytes + AHEAD + line, _MM_HINT_T0);
      }
      const float *f = factors + (small ? 2 * i : i >> shift);
      const float *g = factors + (small ? 2 * i + 2 : (i + 1) >> shift);
      const int8_t *x = p->codes + 64 * i;
      block_of_rows(sums, rows, kind, small, w + i * bytes, x, p->inner, f, step);
      block_of_rows(others, rows, kind, small, w + (i + 1) * bytes, x + 64, p->inner, g, step);
    }
    for (int r = 0; r < rows; r++) {
      sums[r] = _mm256_add_ps(sums[r], others[r]);
    }
  }
  for (; i < blocks; i++) {
    _mm_prefetch((const char *)w + i * bytes + AHEAD, _MM_HINT_T0);
    const float *f = factors + (small ? 2 * i : i >> shift);
    block_of_rows(sums, rows, kind, small, w + i * bytes, p->codes + 64 * i, p->inner, f, step);
  }
}

// Scales times steps of each row to `factors`, and the sums of biases times sums.
INLINE void scale(__m256 *sums, int rows, const struct product *p, int64_t column,
                  float *factors) {
  int64_t groups = p->inner / p->group, step = padded_groups(p->inner, p->group);
  const char *scales = (const char *)p->scales + column * groups * type_bytes(p->type);
  const char *biases = (const char *)p->biases + column * groups * type_bytes(p->type);
  for (int r = 0; r < rows; r++) {
    sums[r] = _mm256_setzero_ps();
  }
  for (int64_t g = 0; g < groups; g += 8) {
    __m256 s = some(scales, p->type, g, groups), b = some(biases, p->type, g, groups);
    if (p->bits == 8) { // codes are taken less 128
      b = _mm256_fmadd_ps(_mm256_set1_ps(128), s, b);
    }
    for (int r = 0; r < rows; r++) {
      int64_t at = r * step + g;
      _mm256_storeu_ps(factors + at, _mm256_mul_ps(s, _mm256_loadu_ps(p->steps + at)));
      sums[r] = _mm256_fmadd_ps(b, _mm256_loadu_ps(p->sums + at), sums[r]);
    }
  }
}

INLINE void columns(int rows, enum kind kind, int small, const struct product *p, int64_t first,
                    int64_t last, char *scratch) {
  float *factors = (float *)scratch;
  uint8_t *unpacked = (uint8_t *)(factors + rows * padded_groups(p->inner, p->group));
  int64_t bytes = p->inner * p->bits / 8;
  for (int64_t column = first; column < last; column++) {
    const uint8_t *w = p->words + column * bytes;
    __m256 sums[8];
    scale(sums, rows, p, column, factors);
    if (kind == BYTES) {
      unpack_stream(p->bits, w, p->inner, unpacked);
      w = unpacked;
    }
    dot(sums, rows, kind, small, p, w, factors);
    for (int r = 0; r < rows; r++) {
      p->out[r * p->row_step + column] = sum_of(sums[r]);
    }
  }
}

// One row times two columns at a time, half the range apart: memory is read faster in two streams
// than in one.
INLINE void two_streams(enum kind kind, const struct product *p, int64_t first, int64_t last,
                        char *scratch) {
  int64_t step = padded_groups(p->inner, p->group), bytes = kind == NIBBLES ? 32 : 64;
  int64_t shift = p->group == 128, blocks = p->inner / 64, half = (last - first) / 2;
  float *factors = (float *)scratch;
  for (int64_t column = first; column < first + half; column++) {
    const uint8_t *w = p->words + column * blocks * bytes, *v = w + half * blocks * bytes;
    __m256 sum, other;
    scale(&sum, 1, p, column, factors);
    scale(&other, 1, p, column + half, factors + step);
    for (int64_t i = 0; i < blocks; i++) {
      _mm_prefetch((const char *)w + i * bytes + AHEAD, _MM_HINT_T0);
      _mm_prefetch((const char *)v + i * bytes + AHEAD, _MM_HINT_T0);
      struct codes c = codes_at(kind, w + i * bytes), d = codes_at(kind, v + i * bytes);
      const int8_t *x = p->codes + 64 * i;
      sum = block(sum, kind, 0, c.a, c.b, x, factors + (i >> shift));
      other = block(other, kind, 0, d.a, d.b, x, factors + step + (i >> shift));
    }
    p->out[column] = sum_of(sum);
    p->out[column + half] = sum_of(other);
  }
  columns(1, kind, 0, p, first + 2 * half, last, scratch);
}

#define CASE(rows, kind)                                   \
  if (p->group == 32) {                                    \
    columns(rows, kind, 1, p, first, last, scratch);       \
  } else {                                                 \
    columns(rows, kind, 0, p, first, last, scratch);       \
  }                                                        \
  break

#define ROWS(name, rows)                                                                       \
  static void columns_##name(const struct product *p, int64_t first, int64_t last, char *scratch) { \
    switch (p->bits) {                                                                         \
      case 4: CASE(rows, NIBBLES);                                                             \
      case 8: CASE(rows, WHOLE);                                                               \
      default: CASE(rows, BYTES);                                                              \
    }                                                                                          \
  }

ROWS(alone, 1)

static void columns_1(const struct product *p, int64_t first, int64_t last, char *scratch) {
  if (p->group > 32 && p->bits == 4) {
    two_streams(NIBBLES, p, first, last, scratch);
  } else if (p->group > 32 && p->bits == 8) {
    two_streams(WHOLE, p, first, last, scratch);
  } else {
    columns_alone(p, first, last, scratch);
  }
}

ROWS(2, 2)
ROWS(3, 3)
ROWS(4, 4)
ROWS(5, 5)
ROWS(6, 6)
ROWS(7, 7)
ROWS(8, 8)

void few_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch) {
  static void (*const of_rows[])(const struct product *, int64_t, int64_t, char *) = {
      columns_1, columns_2, columns_3, columns_4, columns_5, columns_6, columns_7, columns_8};
  of_rows[p->rows - 1](p, first, last, scratch);
}
