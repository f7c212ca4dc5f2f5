// Products of a few rows of floats with weights of 4 or 8 bits: the words of 8 lanes hold 64 or 32
// weights, the same bits of all lanes make a plane.
#include "avx2.h"

enum { MOST_ROWS = 4 };

// Planes of rows as the product reads them: place `p` of 8 words beside each other, divided by what
// its bits are too large, if they are not shifted down.
static void planes(const float *x, int64_t inner, int bits, float *to) {
  int places = 32 / bits;
  for (int64_t i = 0; i < inner; i += 8 * places) {
    for (int p = 0; p < places; p++) {
      float factor = p == places - 1 ? 1 : 1.0f / (1 << p * bits);
      for (int lane = 0; lane < 8; lane++) {
        to[i + 8 * p + lane] = factor * x[i + lane * places + p];
      }
    }
  }
}

// Rows `first` to before `last`: planes to `steps`, sums of groups to `sums`.
EXPORT void bessemer_planes_avx2(const struct rounded *r, int64_t first, int64_t last) {
  int64_t groups = r->inner / r->group, padded = padded_groups(r->inner, r->group);
  for (int64_t row = first; row < last; row++) {
    const float *x = r->x + row * r->inner;
    float *sums = r->sums + row * padded;
    planes(x, r->inner, r->bits, r->steps + row * r->inner);
    memset(sums, 0, 4 * padded);
    for (int64_t g = 0; g < groups; g++) {
      __m256 sum = _mm256_setzero_ps();
      for (int64_t i = 0; i < r->group; i += 8) {
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(x + g * r->group + i));
      }
      sums[g] = sum_of(sum);
    }
  }
}

// The weights of plane `p` of 8 words.
INLINE __m256 weights(__m256i words, int bits, int p) {
  int places = 32 / bits;
  __m256i one = p == places - 1
                    ? _mm256_srli_epi32(words, 32 - bits)
                    : _mm256_and_si256(words, _mm256_set1_epi32(((1 << bits) - 1) << p * bits));
  return _mm256_cvtepi32_ps(one);
}

// 8 words of a column times `rows` rows.
INLINE void block(__m256 *sums, int rows, int bits, const uint8_t *w, const float *x, int64_t inner,
                  __m256 scale) {
  __m256i words = load(w);
  __m256 dots[MOST_ROWS];
#pragma GCC unroll 8
  for (int p = 0; p < 32 / bits; p++) {
    __m256 v = weights(words, bits, p);
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      __m256 at = _mm256_loadu_ps(x + r * inner + 8 * p);
      dots[r] = p == 0 ? _mm256_mul_ps(v, at) : _mm256_fmadd_ps(v, at, dots[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    sums[r] = _mm256_fmadd_ps(dots[r], scale, sums[r]);
  }
}

// Scales of the 8 words at `i` of a column; a group has 2 to the power of `shift` words.
INLINE __m256 scales_at(const float *scales, int64_t i, int shift) {
  if (shift > 2) {
    return _mm256_broadcast_ss(scales + (i >> shift));
  }
  return _mm256_set_m128(_mm_set1_ps(scales[i / 4 + 1]), _mm_set1_ps(scales[i / 4]));
}

INLINE void dot(__m256 *sums, int rows, int bits, int shift, const uint8_t *w, const float *x,
                int64_t inner, const float *scales) {
  int64_t places = 32 / bits, words = inner / places, i = 0;
  __m256 others[MOST_ROWS];
  for (int r = 0; r < rows; r++) {
    others[r] = _mm256_setzero_ps();
  }
  for (; i + 16 <= words; i += 16) {
    _mm_prefetch((const char *)w + 4 * i + 1024, _MM_HINT_T0);
    block(sums, rows, bits, w + 4 * i, x + i * places, inner, scales_at(scales, i, shift));
    block(others, rows, bits, w + 4 * i + 32, x + (i + 8) * places, inner,
          scales_at(scales, i + 8, shift));
  }
  for (; i < words; i += 8) {
    block(sums, rows, bits, w + 4 * i, x + i * places, inner, scales_at(scales, i, shift));
  }
  for (int r = 0; r < rows; r++) {
    sums[r] = _mm256_add_ps(sums[r], others[r]);
  }
}

INLINE void columns(int rows, int bits, const struct product *p, int64_t row, int64_t first,
                    int64_t last, float *scratch) {
  int64_t groups = p->inner / p->group, padded = padded_groups(p->inner, p->group);
  const float *x = p->steps + row * p->inner, *xs = p->sums + row * padded;
  int shift = __builtin_ctz(p->group * bits / 32);
  for (int64_t column = first; column < last; column++) {
    const char *s = (const char *)p->scales + column * groups * type_bytes(p->type);
    const char *b = (const char *)p->biases + column * groups * type_bytes(p->type);
    const uint8_t *w = p->words + column * p->inner * bits / 8;
    __m256 sums[MOST_ROWS];
    for (int r = 0; r < rows; r++) {
      sums[r] = _mm256_setzero_ps();
    }
    for (int64_t g = 0; g < groups; g += 8) {
      __m256 bias = some(b, p->type, g, groups);
      _mm256_storeu_ps(scratch + g, some(s, p->type, g, groups));
      for (int r = 0; r < rows; r++) {
        sums[r] = _mm256_fmadd_ps(bias, _mm256_loadu_ps(xs + r * padded + g), sums[r]);
      }
    }
    if (shift == 2) {
      dot(sums, rows, bits, 2, w, x, p->inner, scratch);
    } else {
      dot(sums, rows, bits, shift, w, x, p->inner, scratch);
    }
    for (int r = 0; r < rows; r++) {
      p->out[(row + r) * p->row_step + column] = sum_of(sums[r]);
    }
  }
}

static void few(const struct product *p, int64_t row, int64_t first, int64_t last, float *scratch) {
  int four = p->bits == 4;
  switch (p->rows - row) {
    case 1:
      return four ? columns(1, 4, p, row, first, last, scratch)
                  : columns(1, 8, p, row, first, last, scratch);
    case 2:
      return four ? columns(2, 4, p, row, first, last, scratch)
                  : columns(2, 8, p, row, first, last, scratch);
    case 3:
      return four ? columns(3, 4, p, row, first, last, scratch)
                  : columns(3, 8, p, row, first, last, scratch);
    default:
      return four ? columns(4, 4, p, row, first, last, scratch)
                  : columns(4, 8, p, row, first, last, scratch);
  }
}

// Bytes of scratch that one call of bessemer_exact_avx2 uses.
EXPORT int64_t bessemer_exact_scratch_avx2(const struct product *p) {
  return 4 * padded_groups(p->inner, p->group);
}

// Columns `first` to before `last`, of weights of 4 or 8 bits; `steps` are planes.
EXPORT void bessemer_exact_avx2(const struct product *p, int64_t first, int64_t last,
                                float *scratch) {
  for (int64_t from = first; from < last; from += 16) { // which stay in the cache for all rows
    int64_t to = from + 16 < last ? from + 16 : last;
    for (int64_t row = 0; row < p->rows; row += MOST_ROWS) {
      few(p, row, from, to, scratch);
    }
  }
}
