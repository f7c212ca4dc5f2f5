// Products of int8 that are summed four at a time, by AVX-512's VNNI and NEON's dot product.
// Included by files that define WIDTH and KIND.
#ifndef BESSEMER_DOTS_H
#define BESSEMER_DOTS_H

#include "vectors.h"
#if defined(__x86_64__)
#include "avx2.h"
#else
#include "neon.h"
#endif

enum {
  FEW_ROWS = 8,
  LESS = WIDTH == 64 ? 0 : 128 // taken from codes of 8 bits where instructions want signed ones
};

typedef uint8_t bytes __attribute__((vector_size(WIDTH), aligned(1), may_alias));

INLINE bytes bytes_at(const void *from) { return *(const bytes *)from; }

// As many bytes as there are, then zeros.
INLINE bytes bytes_to(const void *from, int64_t count) {
  bytes v = {0};
  memcpy(&v, from, count);
  return v;
}

// Adds to each lane the products of four codes and four rounded floats.
INLINE ints dotted(ints sum, bytes codes, bytes x) {
#if WIDTH == 64
  return (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)codes, (__m512i)x);
#else
  return (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)codes, (int8x16_t)x);
#endif
}

INLINE vec floats(ints v) { return __builtin_convertvector(v, vec); }

// For the lanes from `lane` on that of their groups, of 2 to the power of `shift` lanes each.
INLINE vec of_groups(const float *values, int64_t lane, int shift) {
  const float *at = values + (lane >> shift);
#if WIDTH == 64
  const ints upper = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  const ints odd = {0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1};
  if (shift == 3) {
    return chosen(upper, every(at[1]), every(at[0]));
  }
  if (shift == 2) {
    return chosen(upper, chosen(odd, every(at[3]), every(at[2])),
                  chosen(odd, every(at[1]), every(at[0])));
  }
#endif
  return every(*at);
}

INLINE float octet_sum(octet v) {
  float part[8];
  memcpy(part, &v, 32);
  for (int n = 4; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      part[i] += part[i + n];
    }
  }
  return part[0];
}

#endif
