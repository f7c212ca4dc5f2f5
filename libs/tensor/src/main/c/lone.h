// Attention of one or two rows, which read keys and values where they lie: to lay them out for more
// takes longer.
#include "softmax.h"

#define AT_ONCE 8 // vectors of sums that are kept in registers

// A row's products with keys.
INLINE void lone_scores(int64_t type, const float *q, const char *k, int64_t step, int64_t width,
                        int64_t count, float *scores) {
  for (int64_t i = 0; i < count; i++, k += step) {
    vec even = {0}, odd = {0};
    int64_t e = 0;
    for (; e + 2 * LANES <= width; e += 2 * LANES) {
      even += *(const vec *)(q + e) * floats_at(type, k, e);
      odd += *(const vec *)(q + e + LANES) * floats_at(type, k, e + LANES);
    }
    if (e < width) {
      even += *(const vec *)(q + e) * floats_at(type, k, e);
    }
    scores[i] = lanes_sum(even + odd);
  }
}

// Adds values times weights to some vectors of a row's sums.
INLINE void lone_sums(int64_t type, int vectors, const float *weights, const char *v, int64_t step,
                      int64_t count, float *sums) {
  vec s[AT_ONCE];
  for (int i = 0; i < vectors; i++) {
    s[i] = *(const vec *)(sums + i * LANES);
  }
  for (int64_t key = 0; key < count; key++, v += step) {
    vec weight = every(weights[key]);
#pragma GCC unroll 8
    for (int i = 0; i < vectors; i++) {
      s[i] += weight * floats_at(type, v, i * LANES);
    }
  }
  for (int i = 0; i < vectors; i++) {
    *(vec *)(sums + i * LANES) = s[i];
  }
}

INLINE void lone_rows(int64_t type, const struct attention *a, const struct state *s, int64_t key,
                      int64_t count, const char *k, const char *v) {
  int64_t size = bytes_of(type), k_step = a->k_step * size, v_step = a->v_step * size;
  for (int64_t row = 0; row < s->rows; row++) {
    float *scores = s->scores + row * KEYS, *sums = s->sums + row * s->padded;
    int64_t query = (a->first + row) / a->sharing, e = 0;
    int64_t from = from_key(a, query) - key, to = less(count, to_key(a, query) - key);
    lone_scores(type, s->queries + row * a->width, k, k_step, a->width, count, scores);
    weigh(s, row, from > 0 ? from : 0, to, a->width, a->scale);
    for (; e + AT_ONCE * LANES <= a->width; e += AT_ONCE * LANES) {
      lone_sums(type, AT_ONCE, scores, v + e * size, v_step, count, sums + e);
    }
    for (; e < a->width; e += LANES) {
      lone_sums(type, 1, scores, v + e * size, v_step, count, sums + e);
    }
  }
}

static void lone(const struct attention *a, const struct state *s, int64_t key, int64_t count,
                 const char *k, const char *v) {
  switch (a->type) {
    case F32: lone_rows(F32, a, s, key, count, k, v); break;
    case F16: lone_rows(F16, a, s, key, count, k, v); break;
    default: lone_rows(BF16, a, s, key, count, k, v);
  }
}
