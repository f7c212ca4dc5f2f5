// Rows of floats, rounded to int8 group by group.
//
// For 4 bits the even elements of each 64 (of each group, where that is smaller) come first, then
// the odd ones. Of more rows than FEW_ROWS, four bytes of each of four rows lie side by side.
#include "rounded.avx2.h"

// 32 codes in order.
INLINE __m256i codes(const float *x, __m256 inverse) {
  __m256i v[4];
  for (int i = 0; i < 4; i++) {
    v[i] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8 * i), inverse));
  }
  __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

// The even bytes of 64, then the odd ones; of `a` and `b` each on its own where the group is 32.
INLINE void store_split(int8_t *to, __m256i a, __m256i b, int small) {
  const __m256i low = _mm256_set1_epi16(255);
  __m256i even = _mm256_packus_epi16(_mm256_and_si256(a, low), _mm256_and_si256(b, low));
  __m256i odd = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
  // Eight bytes each: of a, b, a, b.
  if (small) {
    store(to, _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(even, odd), 0xd8));
    store(to + 32, _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(even, odd), 0xd8));
  } else {
    store(to, _mm256_permute4x64_epi64(even, 0xd8));
    store(to + 32, _mm256_permute4x64_epi64(odd, 0xd8));
  }
}

INLINE int32_t sum_of_codes(const int8_t *codes, int64_t count) {
  const __m256i ones = _mm256_set1_epi8(1);
  __m256i sum = _mm256_setzero_si256();
  for (int64_t i = 0; i < count; i += 32) {
    __m256i pairs = _mm256_maddubs_epi16(ones, load(codes + i));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  int32_t lanes[8], total = 0;
  store(lanes, sum);
  for (int i = 0; i < 8; i++) {
    total += lanes[i];
  }
  return total;
}

static void round_row(const struct rounded *r, int64_t row) {
  int64_t groups = padded_groups(r->inner, r->group);
  const float *x = r->x + row * r->inner;
  int8_t *to = r->codes + row * r->inner;
  float *steps = r->steps + row * groups, *sums = r->sums + row * groups;
  float inverses[4]; // of the groups of a span
  int64_t span = r->group < 64 ? 64 : r->group;
  memset(steps, 0, 4 * groups);
  memset(sums, 0, 4 * groups);
  for (int64_t at = 0; at < r->inner; at += span) {
    for (int64_t g = at; g < at + span; g += r->group) {
      float most = magnitude(x + g, r->group);
      steps[g / r->group] = most < SMALLEST ? 0 : most / 127;
      inverses[(g - at) / r->group] = most < SMALLEST ? 0 : 127 / most;
    }
    for (int64_t i = at; i < at + span; i += 64) {
      __m256i a = codes(x + i, _mm256_set1_ps(inverses[(i - at) / r->group]));
      __m256i b = codes(x + i + 32, _mm256_set1_ps(inverses[(i + 32 - at) / r->group]));
      if (r->bits == 4) {
        store_split(to + i, a, b, r->group == 32);
      } else {
        store(to + i, a);
        store(to + i + 32, b);
      }
    }
    for (int64_t g = at; g < at + span; g += r->group) {
      sums[g / r->group] = steps[g / r->group] * sum_of_codes(to + g, r->group);
    }
  }
}

// Bytes of 4 rows side by side, four of each; what comes from `from` goes to `to`.
static void mix(const int8_t *from, int64_t inner, int8_t *to) {
  for (int64_t i = 0; i < inner; i += 16) {
    __m128i v[4], w[4];
    for (int r = 0; r < 4; r++) {
      v[r] = _mm_loadu_si128((const __m128i *)(from + r * inner + i));
    }
    w[0] = _mm_unpacklo_epi32(v[0], v[1]);
    w[1] = _mm_unpackhi_epi32(v[0], v[1]);
    w[2] = _mm_unpacklo_epi32(v[2], v[3]);
    w[3] = _mm_unpackhi_epi32(v[2], v[3]);
    __m128i *at = (__m128i *)(to + 4 * i);
    _mm_storeu_si128(at, _mm_unpacklo_epi64(w[0], w[2]));
    _mm_storeu_si128(at + 1, _mm_unpackhi_epi64(w[0], w[2]));
    _mm_storeu_si128(at + 2, _mm_unpacklo_epi64(w[1], w[3]));
    _mm_storeu_si128(at + 3, _mm_unpackhi_epi64(w[1], w[3]));
  }
}

static void zero_row(const struct rounded *r, int64_t row) {
  int64_t groups = padded_groups(r->inner, r->group);
  memset(r->codes + row * r->inner, 0, r->inner);
  memset(r->steps + row * groups, 0, 4 * groups);
  memset(r->sums + row * groups, 0, 4 * groups);
}

// Bytes of scratch that one call of bessemer_round_avx2 uses.
EXPORT int64_t bessemer_round_scratch_avx2(const struct rounded *r) {
  return r->rows > FEW_ROWS ? 4 * r->inner : 0;
}

// Fours of rows from `first` to before `last`, rows that are not there as zeros.
EXPORT void bessemer_round_avx2(const struct rounded *r, int64_t first, int64_t last,
                                int8_t *scratch) {
  for (int64_t four = first; four < last; four++) {
    for (int64_t row = 4 * four; row < 4 * four + 4; row++) {
      if (row < r->rows) {
        round_row(r, row);
      } else {
        zero_row(r, row);
      }
    }
    if (r->rows > FEW_ROWS) {
      int8_t *codes = r->codes + 4 * four * r->inner;
      memcpy(scratch, codes, 4 * r->inner);
      mix(scratch, r->inner, codes);
    }
  }
}
