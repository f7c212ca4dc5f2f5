// What rounding and products of rounded rows share.
#ifndef BESSEMER_ROUNDED_AVX2_H
#define BESSEMER_ROUNDED_AVX2_H

#include "avx2.h"

enum { FEW_ROWS = 8 };

// Below this a step would have no inverse; such activations count as zero.
#define SMALLEST 1e-30f

INLINE float largest_of(__m256 v) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// The largest magnitude, or not a number if one is not.
INLINE float magnitude(const float *x, int64_t count) {
  __m256 most = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
  const __m256 sign = _mm256_set1_ps(-0.0f);
  for (int64_t i = 0; i < count; i += 8) {
    __m256 v = _mm256_loadu_ps(x + i);
    most = _mm256_max_ps(most, _mm256_andnot_ps(sign, v));
    odd = _mm256_or_ps(odd, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  }
  return _mm256_movemask_ps(odd) ? __builtin_nanf("") : largest_of(most);
}

// 32 bytes of each of 8 columns to 8 vectors of 4 bytes of each column.
INLINE void turn(const uint8_t *const *columns, int64_t at, __m256i *v) {
  __m256i u[8], w[8];
  for (int i = 0; i < 8; i++) {
    u[i] = load(columns[i] + at);
  }
  for (int i = 0; i < 4; i++) {
    w[2 * i] = _mm256_unpacklo_epi32(u[2 * i], u[2 * i + 1]);
    w[2 * i + 1] = _mm256_unpackhi_epi32(u[2 * i], u[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    u[4 * i] = _mm256_unpacklo_epi64(w[4 * i], w[4 * i + 2]);
    u[4 * i + 1] = _mm256_unpackhi_epi64(w[4 * i], w[4 * i + 2]);
    u[4 * i + 2] = _mm256_unpacklo_epi64(w[4 * i + 1], w[4 * i + 3]);
    u[4 * i + 3] = _mm256_unpackhi_epi64(w[4 * i + 1], w[4 * i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    v[i] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x20);
    v[i + 4] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x31);
  }
}

void few_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch);
void many_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch);
int64_t many_rows_scratch_avx2(const struct product *p);

#endif
