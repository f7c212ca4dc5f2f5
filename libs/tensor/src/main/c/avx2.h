// What the kernels for AVX2 share.
#ifndef BESSEMER_AVX2_H
#define BESSEMER_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "kernels.h"

INLINE int64_t type_bytes(int64_t type) { return type == F32 ? 4 : 2; }

// Eight scales or biases.
INLINE __m256 eight(const void *from, int64_t type) {
  if (type == F32) {
    return _mm256_loadu_ps(from);
  }
  __m128i halves = _mm_loadu_si128(from);
  if (type == F16) {
    return _mm256_cvtph_ps(halves);
  }
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

// Scales or biases from `at`, eight or as many as are left of `count`, the others zero.
INLINE __m256 some(const void *from, int64_t type, int64_t at, int64_t count) {
  const char *start = (const char *)from + at * type_bytes(type);
  if (count - at >= 8) {
    return eight(start, type);
  }
  char copy[32] = {0};
  memcpy(copy, start, (count - at) * type_bytes(type));
  return eight(copy, type);
}

INLINE float sum_of(__m256 v) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

INLINE __m256i load(const void *at) { return _mm256_loadu_si256(at); }

INLINE void store(void *at, __m256i v) { _mm256_storeu_si256(at, v); }

// The same in a register of its own, now: keeps the compiler from turning a running sum into a tree
// that needs more registers than there are.
INLINE __m256i now(__m256i v) {
  __asm__("" : "+x"(v));
  return v;
}

// Codes of 2, 3, 5 or 6 bits from a stream of bits: each is moved to the top of 16 bits, then down.
struct unpacking {
  __m256i window; // the two bytes that hold a code
  __m256i factor; // moves it to the top
  __m128i down;
  int bits;
};

INLINE struct unpacking unpacking(int bits) {
  uint8_t window[32];
  uint16_t factor[16];
  for (int i = 0; i < 16; i++) {
    int bit = i % 8 * bits;
    window[2 * i] = bit / 8;
    window[2 * i + 1] = bit / 8 + 1;
    factor[i] = 1 << (16 - bits - bit % 8);
  }
  struct unpacking u = {load(window), load(factor), _mm_cvtsi32_si128(16 - bits), bits};
  return u;
}

// 16 codes as words: 8 from `a`, 8 from `b`. Reads 16 bytes of each.
INLINE __m256i sixteen(struct unpacking u, const uint8_t *a, const uint8_t *b) {
  __m256i v = _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)a)),
      _mm_loadu_si128((const __m128i *)b), 1);
  __m256i top = _mm256_mullo_epi16(_mm256_shuffle_epi8(v, u.window), u.factor);
  return _mm256_srl_epi16(top, u.down);
}

INLINE __m256i thirty_two(struct unpacking u, const uint8_t *from) {
  int b = u.bits;
  return _mm256_packus_epi16(sixteen(u, from, from + 2 * b), sixteen(u, from + b, from + 3 * b));
}

// The codes of 2, 3, 5 or 6 bits at `from` as bytes, `count` of them, a multiple of 32. Nothing
// behind their end is read: the last ones are moved to where 16 bytes may be.
INLINE void unpack_stream(int bits, const uint8_t *from, int64_t count, uint8_t *to) {
  struct unpacking u = unpacking(bits);
  int64_t i = 0;
  for (; (count - i) / 8 * bits >= 3 * bits + 16; i += 32) {
    store(to + i, thirty_two(u, from + i / 8 * bits));
  }
  for (; i < count; i += 32) {
    uint8_t copy[48] = {0};
    memcpy(copy, from + i / 8 * bits, 4 * bits);
    store(to + i, thirty_two(u, copy));
  }
}

#endif
