// What avx2.h has for x86: scales and biases, and codes from a stream of bits, with NEON.
#ifndef BESSEMER_NEON_H
#define BESSEMER_NEON_H

#include "vectors.h"

INLINE int64_t type_bytes(int64_t type) { return bytes_of(type); }

// Scales or biases from `at`, eight or as many as are left of `count`, the others zero.
INLINE octet some(const void *from, int64_t type, int64_t at, int64_t count) {
  const char *start = (const char *)from + at * type_bytes(type);
  char copy[32] = {0};
  if (count - at < 8) {
    memcpy(copy, start, (count - at) * type_bytes(type));
    start = copy;
  }
  vec two[2] = {floats_at(type, start, 0), floats_at(type, start, 4)};
  octet all;
  memcpy(&all, two, 32);
  return all;
}

// The codes of 2, 3, 5 or 6 bits at `from` as bytes, `count` of them, a multiple of 8: the two
// bytes that hold a code are moved to the top of 16 bits, then down. Nothing behind their end is
// read.
INLINE void unpack_stream(int bits, const uint8_t *from, int64_t count, uint8_t *to) {
  uint8_t window[16];
  int16_t up[8];
  for (int i = 0; i < 8; i++) {
    window[2 * i] = i * bits / 8;
    window[2 * i + 1] = i * bits / 8 + 1;
    up[i] = 16 - bits - i * bits % 8;
  }
  uint8x16_t places = vld1q_u8(window);
  int16x8_t left = vld1q_s16(up), right = vdupq_n_s16(bits - 16);
  for (int64_t i = 0; i < count; i += 8, from += bits) {
    uint8_t copy[16] = {0};
    const uint8_t *at = from;
    if ((count - i) / 8 * bits < 16) {
      memcpy(copy, from, bits);
      at = copy;
    }
    uint16x8_t both = vreinterpretq_u16_u8(vqtbl1q_u8(vld1q_u8(at), places));
    vst1_u8(to + i, vmovn_u16(vshlq_u16(vshlq_u16(both, left), right)));
  }
}

#endif
