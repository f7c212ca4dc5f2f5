// Vectors of WIDTH bytes, written with the compiler's vector types so that one source serves all
// widths. Included by files that define WIDTH and KIND.
#ifndef BESSEMER_VECTORS_H
#define BESSEMER_VECTORS_H

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#include "kernels.h"

#define LANES (WIDTH / 4)
#define JOINED(name, kind) bessemer_##name##_##kind
#define NAMED(name, kind) JOINED(name, kind)
#define KERNEL(name) NAMED(name, KIND)

typedef float vec __attribute__((vector_size(WIDTH), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(WIDTH), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(WIDTH), aligned(4), may_alias));
typedef uint16_t halves __attribute__((vector_size(WIDTH / 2), aligned(2), may_alias));

// Eight floats, whatever the width.
typedef float octet __attribute__((vector_size(32), aligned(4), may_alias));

INLINE int64_t bytes_of(int64_t type) { return type == F32 ? 4 : 2; }

INLINE float float_at(int64_t type, const char *from, int64_t i) {
  if (type == F32) {
    return ((const float *)from)[i];
  }
  uint16_t half = ((const uint16_t *)from)[i];
  if (type == F16) {
#if defined(__x86_64__)
    return _cvtsh_ss(half);
#else
    __fp16 small;
    memcpy(&small, &half, 2);
    return small;
#endif
  }
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

// LANES elements from place `i` on.
INLINE vec floats_at(int64_t type, const char *from, int64_t i) {
  if (type == F32) {
    return *(const vec *)((const float *)from + i);
  }
  halves half = *(const halves *)((const uint16_t *)from + i);
  if (type == BF16) {
    words wide = __builtin_convertvector(half, words) << 16;
    return (vec)wide;
  }
#if WIDTH == 64
  return (vec)_mm512_cvtph_ps((__m256i)half);
#elif WIDTH == 32
  return (vec)_mm256_cvtph_ps((__m128i)half);
#else
  return (vec)vcvt_f32_f16((float16x4_t)half);
#endif
}

// A float by its bits.
INLINE float float_of(int64_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

INLINE vec every(float x) { return x - (vec){0}; }

// Where a bit of `which` is set that of `a`, else that of `b`.
INLINE vec chosen(ints which, vec a, vec b) {
  return (vec)(((ints)a & which) | ((ints)b & ~which));
}

// Always in one order.
INLINE float lanes_sum(vec v) {
  float part[LANES];
  memcpy(part, &v, sizeof v);
  for (int n = LANES / 2; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      part[i] += part[i + n];
    }
  }
  return part[0];
}

#if WIDTH != 32
// Lane by lane of both, the lower half or the upper half of them.
INLINE words zipped(words a, words b, int upper) {
#if WIDTH == 64
  const ints low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
  __m512i places = (__m512i)(low + 8 * upper);
  return (words)_mm512_permutex2var_epi32((__m512i)a, places, (__m512i)b);
#else
  uint32x4_t x = (uint32x4_t)a, y = (uint32x4_t)b;
  return (words)(upper ? vzip2q_u32(x, y) : vzip1q_u32(x, y));
#endif
}

// Makes lane j of vector i lane i of vector j.
INLINE void transpose(words *v) {
  words t[LANES];
#pragma GCC unroll 4
  for (int stage = 1; stage < LANES; stage *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 2; i++) {
      t[2 * i] = zipped(v[i], v[i + LANES / 2], 0);
      t[2 * i + 1] = zipped(v[i], v[i + LANES / 2], 1);
    }
    memcpy(v, t, sizeof t);
  }
}
#endif

#endif
