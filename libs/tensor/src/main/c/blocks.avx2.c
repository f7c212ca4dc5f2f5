// Products of many rounded rows: 16 columns of weights are unpacked once, in the order in which
// tiles of 4 rows by 16 columns read them.
#include "rounded.avx2.h"

enum { ROWS = 4, COLUMNS = 16, DEPTH = 1024 };

// What tiles read of 16 columns and up to DEPTH inner places.
struct panel {
  uint8_t *codes;  // [DEPTH / 4, COLUMNS, 4]
  uint8_t *bytes;  // [COLUMNS, DEPTH] on the way there
  float *scales;   // [DEPTH / group, COLUMNS]
  float *biases;
};

INLINE struct panel panel_at(char *scratch) {
  struct panel p;
  p.codes = (uint8_t *)scratch;
  p.bytes = p.codes + COLUMNS * DEPTH;
  p.scales = (float *)(p.bytes + COLUMNS * DEPTH);
  p.biases = p.scales + COLUMNS * DEPTH / 32;
  return p;
}

int64_t many_rows_scratch_avx2(const struct product *p) {
  (void)p;
  return 2 * COLUMNS * DEPTH + 2 * 4 * COLUMNS * DEPTH / 32;
}

static void unpack_nibbles(const uint8_t *from, int64_t count, int small, uint8_t *to) {
  const __m256i low = _mm256_set1_epi8(15);
  for (int64_t i = 0; i < count; i += 64) {
    __m256i v = load(from + i / 2);
    __m256i a = _mm256_and_si256(v, low);
    __m256i b = _mm256_and_si256(_mm256_srli_epi16(v, 4), low);
    store(to + i, small ? _mm256_permute2x128_si256(a, b, 0x20) : a);
    store(to + i + 32, small ? _mm256_permute2x128_si256(a, b, 0x31) : b);
  }
}

// Codes of one column as bytes, in the order of the rounded rows.
static void unpack(const struct product *p, const uint8_t *from, int64_t count, uint8_t *to) {
  if (p->bits == 4) {
    unpack_nibbles(from, count, p->group == 32, to);
  } else if (p->bits == 8) {
    for (int64_t i = 0; i < count; i += 32) {
      store(to + i, _mm256_xor_si256(load(from + i), _mm256_set1_epi8(-128)));
    }
  } else {
    unpack_stream(p->bits, from, count, to);
  }
}

// 32 bytes of 8 columns, `step` apart, to 8 vectors of 4 bytes of each column.
INLINE void turn(const uint8_t *from, int64_t step, uint8_t *to) {
  __m256i v[8], w[8];
  for (int i = 0; i < 8; i++) {
    v[i] = load(from + i * step);
  }
  for (int i = 0; i < 4; i++) {
    w[2 * i] = _mm256_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
    w[2 * i + 1] = _mm256_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    v[4 * i] = _mm256_unpacklo_epi64(w[4 * i], w[4 * i + 2]);
    v[4 * i + 1] = _mm256_unpackhi_epi64(w[4 * i], w[4 * i + 2]);
    v[4 * i + 2] = _mm256_unpacklo_epi64(w[4 * i + 1], w[4 * i + 3]);
    v[4 * i + 3] = _mm256_unpackhi_epi64(w[4 * i + 1], w[4 * i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    store(to + i * 4 * COLUMNS, _mm256_permute2x128_si256(v[i], v[i + 4], 0x20));
    store(to + (i + 4) * 4 * COLUMNS, _mm256_permute2x128_si256(v[i], v[i + 4], 0x31));
  }
}

// Scales and biases of the groups of one column.
static void scales(const struct product *p, int64_t column, int64_t k, int64_t depth, int at,
                   struct panel to) {
  int64_t groups = p->inner / p->group, count = depth / p->group, bytes = type_bytes(p->type);
  int64_t first = (column * groups + k / p->group) * bytes;
  for (int64_t g = 0; g < count; g += 8) {
    float s[8], b[8];
    _mm256_storeu_ps(s, some((const char *)p->scales + first, p->type, g, count));
    _mm256_storeu_ps(b, some((const char *)p->biases + first, p->type, g, count));
    for (int64_t i = g; i < g + 8 && i < count; i++) {
      to.scales[i * COLUMNS + at] = s[i - g];
      to.biases[i * COLUMNS + at] = b[i - g] + (p->bits == 8 ? 128 * s[i - g] : 0);
    }
  }
}

static void fill(const struct product *p, int64_t column, int width, int64_t k, int64_t depth,
                 struct panel to) {
  for (int i = 0; i < COLUMNS; i++) {
    int64_t c = column + (i < width ? i : width - 1);
    unpack(p, p->words + (c * p->inner + k) * p->bits / 8, depth, to.bytes + i * DEPTH);
    scales(p, c, k, depth, i, to);
  }
  for (int64_t i = 0; i < depth; i += 32) {
    turn(to.bytes + i, DEPTH, to.codes + i * COLUMNS);
    turn(to.bytes + 8 * DEPTH + i, DEPTH, to.codes + i * COLUMNS + 32);
  }
}

// `chunk` times 4 inner places, summed in 16 bits, which they fit.
INLINE void chunk_of(__m256i *wide, int chunk, const uint8_t *w, const int8_t *x) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[ROWS][2];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++) {
    __m256i a = load(w + j * 64), b = load(w + j * 64 + 32);
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++) {
      int32_t four;
      memcpy(&four, x + 16 * j + 4 * r, 4);
      __m256i v = _mm256_set1_epi32(four);
      __m256i s = _mm256_maddubs_epi16(a, v), t = _mm256_maddubs_epi16(b, v);
      sums[r][0] = now(j == 0 ? s : _mm256_add_epi16(sums[r][0], s));
      sums[r][1] = now(j == 0 ? t : _mm256_add_epi16(sums[r][1], t));
    }
  }
  for (int i = 0; i < 2 * ROWS; i++) {
    wide[i] = _mm256_add_epi32(wide[i], _mm256_madd_epi16(sums[i / 2][i % 2], ones));
  }
}

// 4 inner places of signed codes.
INLINE void whole(__m256i *wide, const uint8_t *w, const int8_t *x) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i a = load(w), b = load(w + 32);
  __m256i c = _mm256_abs_epi8(a), d = _mm256_abs_epi8(b);
#pragma GCC unroll 4
  for (int r = 0; r < ROWS; r++) {
    int32_t four;
    memcpy(&four, x + 4 * r, 4);
    __m256i v = _mm256_set1_epi32(four);
    __m256i s = _mm256_maddubs_epi16(c, _mm256_sign_epi8(v, a));
    __m256i t = _mm256_maddubs_epi16(d, _mm256_sign_epi8(v, b));
    wide[2 * r] = _mm256_add_epi32(wide[2 * r], _mm256_madd_epi16(s, ones));
    wide[2 * r + 1] = _mm256_add_epi32(wide[2 * r + 1], _mm256_madd_epi16(t, ones));
  }
}

// Four rows times the panel, added to `sums` of [ROWS, COLUMNS]. A chunk of 0: signed codes.
INLINE void tile(int chunk, const struct product *p, struct panel w, int64_t row, int64_t k,
                 int64_t depth, float *sums) {
  int64_t step = padded_groups(p->inner, p->group), steps = p->group / 4;
  const int8_t *x = p->codes + row * p->inner + ROWS * k;
  const float *d = p->steps + row * step + k / p->group;
  const float *xs = p->sums + row * step + k / p->group;
  for (int64_t g = 0; g < depth / p->group; g++) {
    __m256i wide[2 * ROWS];
    for (int i = 0; i < 2 * ROWS; i++) {
      wide[i] = _mm256_setzero_si256();
    }
    for (int64_t j = g * steps; j < (g + 1) * steps; j += chunk ? chunk : 1) {
      if (chunk) {
        chunk_of(wide, chunk, w.codes + j * 64, x + 16 * j);
      } else {
        whole(wide, w.codes + j * 64, x + 16 * j);
      }
    }
    for (int half = 0; half < 2; half++) {
      __m256 scale = _mm256_loadu_ps(w.scales + g * COLUMNS + 8 * half);
      __m256 bias = _mm256_loadu_ps(w.biases + g * COLUMNS + 8 * half);
      for (int r = 0; r < ROWS; r++) {
        float *at = sums + r * COLUMNS + 8 * half;
        __m256 factor = _mm256_mul_ps(scale, _mm256_set1_ps(d[r * step + g]));
        __m256 sum = _mm256_fmadd_ps(bias, _mm256_set1_ps(xs[r * step + g]), _mm256_loadu_ps(at));
        __m256 products = _mm256_cvtepi32_ps(wide[2 * r + half]);
        _mm256_storeu_ps(at, _mm256_fmadd_ps(products, factor, sum));
      }
    }
  }
}

INLINE void rows_of(int chunk, const struct product *p, struct panel w, int64_t column, int width,
                    int64_t k, int64_t depth) {
  for (int64_t row = 0; row < p->rows; row += ROWS) {
    float sums[ROWS * COLUMNS] = {0};
    int height = p->rows - row < ROWS ? p->rows - row : ROWS;
    float *out = p->out + row * p->row_step + column;
    for (int r = 0; k > 0 && r < height; r++) {
      memcpy(sums + r * COLUMNS, out + r * p->row_step, 4 * width);
    }
    tile(chunk, p, w, row, k, depth, sums);
    for (int r = 0; r < height; r++) {
      memcpy(out + r * p->row_step, sums + r * COLUMNS, 4 * width);
    }
  }
}

void many_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch) {
  struct panel w = panel_at(scratch);
  for (int64_t column = first; column < last; column += COLUMNS) {
    int width = last - column < COLUMNS ? last - column : COLUMNS;
    for (int64_t k = 0; k < p->inner; k += DEPTH) {
      int64_t depth = p->inner - k < DEPTH ? p->inner - k : DEPTH;
      fill(p, column, width, k, depth, w);
      switch (p->bits) {
        case 8: rows_of(0, p, w, column, width, k, depth); break;
        case 6: rows_of(2, p, w, column, width, k, depth); break;
        case 5: rows_of(4, p, w, column, width, k, depth); break;
        default: rows_of(8, p, w, column, width, k, depth);
      }
    }
  }
}
