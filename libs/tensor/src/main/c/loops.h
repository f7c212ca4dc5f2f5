// What lies between products: loops over elements and over rows. Ends of rows are padded vectors, so
// that an element does not depend on where its span begins or ends.
#include "exponential.h"

INLINE vec some_floats(const float *from, int64_t count) {
  if (count >= LANES) {
    return *(const vec *)from;
  }
  vec v = every(0);
  memcpy(&v, from, 4 * count);
  return v;
}

INLINE void put(vec v, float *to, int64_t count) {
  if (count >= LANES) {
    *(vec *)to = v;
  } else {
    memcpy(to, &v, 4 * count);
  }
}

INLINE vec sigmoid(vec x) { return every(1) / (exponential(-x) + 1.f); }

// Where `one` is set, the first element of an operand stands for all.
#define PAIRS(name, result)                                                               \
  EXPORT void KERNEL(each_##name)(const float *a, int64_t one_a, const float *b, int64_t one_b, \
                           float *out, int64_t count) {                                  \
    for (int64_t i = 0; i < count; i += LANES) {                                         \
      vec x = one_a ? every(*a) : some_floats(a + i, count - i);                         \
      vec y = one_b ? every(*b) : some_floats(b + i, count - i);                         \
      put(result, out + i, count - i);                                                   \
    }                                                                                    \
  }

PAIRS(add, x + y)
PAIRS(multiply, x *y)

#define SINGLES(name, result)                                            \
  EXPORT void KERNEL(each_##name)(const float *a, float *out, int64_t count) { \
    for (int64_t i = 0; i < count; i += LANES) {                        \
      vec x = some_floats(a + i, count - i);                            \
      put(result, out + i, count - i);                                  \
    }                                                                   \
  }

SINGLES(relu, chosen(x < every(0), every(0), x)) // NaN stays
SINGLES(sigmoid, sigmoid(x))
SINGLES(silu, x *sigmoid(x))

INLINE float row_sum(const float *x, int64_t width) {
  vec a = every(0), b = every(0);
  for (int64_t i = 0; i < width; i += 2 * LANES) {
    a += some_floats(x + i, width - i);
    if (i + LANES < width) {
      b += some_floats(x + i + LANES, width - i - LANES);
    }
  }
  return lanes_sum(a + b);
}

// The sum of the squares of the distances from a mean.
INLINE float row_squares(const float *x, float mean, int64_t width) {
  vec a = every(0), b = every(0);
  int64_t i = 0;
  for (; i + 2 * LANES <= width; i += 2 * LANES) {
    vec p = *(const vec *)(x + i) - mean, q = *(const vec *)(x + i + LANES) - mean;
    a += p * p;
    b += q * q;
  }
  float sum = lanes_sum(a + b);
  for (; i < width; i++) {
    sum += (x[i] - mean) * (x[i] - mean);
  }
  return sum;
}

INLINE float inverse_root(float x) { return 1 / __builtin_sqrtf(x); }

EXPORT void KERNEL(rms_norm)(const float *x, const float *weight, int64_t epsilon, int64_t width,
                             float *out) {
  float scale = inverse_root(row_squares(x, 0, width) / width + float_of(epsilon));
  for (int64_t i = 0; i < width; i += LANES) {
    vec normal = some_floats(x + i, width - i) * scale;
    put(normal * some_floats(weight + i, width - i), out + i, width - i);
  }
}

EXPORT void KERNEL(layer_norm)(const float *x, const float *weight, const float *bias,
                               int64_t epsilon, int64_t width, float *out) {
  float mean = row_sum(x, width) / width;
  float scale = inverse_root(row_squares(x, mean, width) / width + float_of(epsilon));
  for (int64_t i = 0; i < width; i += LANES) {
    int64_t left = width - i;
    vec normal = (some_floats(x + i, left) - mean) * scale;
    put(normal * some_floats(weight + i, left) + some_floats(bias + i, left), out + i, left);
  }
}

// Turns a row of 2 * pairs floats; a pair is two neighbours, or one of each half.
EXPORT void KERNEL(turn)(const float *x, const float *cosines, int64_t pairs, int64_t neighbours,
                         float *out) {
  const float *sines = cosines + pairs;
  if (neighbours) {
    for (int64_t i = 0; i < pairs; i++) {
      float a = x[2 * i], b = x[2 * i + 1];
      out[2 * i] = a * cosines[i] - b * sines[i];
      out[2 * i + 1] = b * cosines[i] + a * sines[i];
    }
    return;
  }
  for (int64_t i = 0; i < pairs; i += LANES) {
    int64_t left = pairs - i;
    vec a = some_floats(x + i, left), b = some_floats(x + pairs + i, left);
    vec c = some_floats(cosines + i, left), s = some_floats(sines + i, left);
    put(a * c - b * s, out + i, left);
    put(b * c + a * s, out + pairs + i, left);
  }
}

EXPORT void KERNEL(widen)(int64_t type, const char *from, float *to, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    *(vec *)(to + i) = floats_at(type, from, i);
  }
  for (; i < count; i++) {
    to[i] = float_at(type, from, i);
  }
}

INLINE uint16_t bf16_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return x != x ? 0x7fc0 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

INLINE uint16_t f16_of(float x) {
#if defined(__x86_64__)
  return _cvtss_sh(x, 0);
#else
  __fp16 small = x;
  uint16_t bits;
  memcpy(&bits, &small, 2);
  return bits;
#endif
}

// To the nearest, to even between two; what is too large becomes infinite.
EXPORT void KERNEL(narrow)(int64_t type, const float *from, uint16_t *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    to[i] = type == BF16 ? bf16_of(from[i]) : f16_of(from[i]);
  }
}

// To F16, what is too large to the largest.
EXPORT void KERNEL(narrow_within)(const float *from, uint16_t *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float x = from[i] > 65504 ? 65504 : from[i];
    to[i] = f16_of(x < -65504 ? -65504 : x);
  }
}

// A row of codes of so many bits, each times its group's scale plus its bias.
EXPORT void KERNEL(unpack_row)(const uint8_t *codes, const char *scales, const char *biases,
                               int64_t type, int64_t bits, int64_t group, int64_t inner,
                               float *out) {
  const uint32_t mask = (1u << bits) - 1;
  uint32_t held = 0; // bits that are read and not yet used
  int64_t count = 0;
  for (int64_t g = 0; g < inner / group; g++) {
    float scale = float_at(type, scales, g), bias = float_at(type, biases, g);
    for (int64_t i = 0; i < group; i++) {
      if (count < bits) {
        held |= (uint32_t)*codes++ << count;
        count += 8;
      }
      *out++ = (float)((double)scale * (held & mask)) + bias; // two roundings, as the format says
      held >>= bits;
      count -= bits;
    }
  }
}
