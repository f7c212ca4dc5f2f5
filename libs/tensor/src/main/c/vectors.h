// Vectors of WIDTH bytes, written with the compiler's vector types so that one source serves all
// widths. Included by files that define WIDTH and KIND.
#ifndef BESSEMER_VECTORS_H
#define BESSEMER_VECTORS_H

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels.h"

#define LANES (WIDTH / 4)
#define JOINED(name, kind) bessemer_##name##_##kind
#define NAMED(name, kind) JOINED(name, kind)
#define KERNEL(name) NAMED(name, KIND)

typedef float vec __attribute__((vector_size(WIDTH), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(WIDTH), aligned(4), may_alias));
typedef uint16_t halves __attribute__((vector_size(WIDTH / 2), aligned(2), may_alias));

INLINE int64_t bytes_of(int64_t type) { return type == F32 ? 4 : 2; }

INLINE float float_at(int64_t type, const char *from, int64_t i) {
  if (type == F32) {
    return ((const float *)from)[i];
  }
  uint16_t half = ((const uint16_t *)from)[i];
  if (type == F16) {
    return _cvtsh_ss(half);
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
#if WIDTH == 64 && defined(__AVX512F__)
  return (vec)_mm512_cvtph_ps((__m256i)half);
#elif WIDTH == 32
  return (vec)_mm256_cvtph_ps((__m128i)half);
#else
  vec wide;
  for (int lane = 0; lane < LANES; lane++) {
    wide[lane] = _cvtsh_ss(half[lane]);
  }
  return wide;
#endif
}

INLINE vec every(float x) { return x - (vec){0}; }

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

#endif
