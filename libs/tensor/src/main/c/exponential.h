#ifndef BESSEMER_EXPONENTIAL_H
#define BESSEMER_EXPONENTIAL_H

#include "vectors.h"

INLINE vec two_to(ints power) { return (vec)((power + 127) << 23); }

// e to the power of each lane, within 1.5 units in the last place: Exponential.java says how.
INLINE vec exponential(vec x) {
  const vec low = every(-104), high = every(89), round = every(0x1.8p23f);
  x = chosen(x < low, low, x); // NaN stays
  x = chosen(x > high, high, x);
  vec shifted = x * 1.44269504f + round;
  vec n = shifted - round;
  vec r = n * -0.693359375f + x;
  r = n * 2.12194440e-4f + r;
  vec p = r * (1.f / 5040) + 1.f / 720;
  p = p * r + 1.f / 120;
  p = p * r + 1.f / 24;
  p = p * r + 1.f / 6;
  p = p * r + .5f;
  p = p * (r * r) + r + 1.f;
  ints power = (ints)shifted - (ints)round;
  ints half = power >> 1;
  return p * two_to(half) * two_to(power - half);
}

#endif
