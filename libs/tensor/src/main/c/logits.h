// What is looked for in rows of logits, which are as long as a vocabulary.
#include "exponential.h"

#define LOOK 8      // vectors that are compared together
#define SUM_OF 1024 // sums of floats are added up in doubles

INLINE int any(ints which) {
  int64_t part[WIDTH / 8], all = 0;
  memcpy(part, &which, sizeof part);
  for (int i = 0; i < WIDTH / 8; i++) {
    all |= part[i];
  }
  return all != 0;
}

// The first place from `i` on with more than a float of these bits; `count` if there is none.
EXPORT int64_t KERNEL(above)(const float *x, int64_t i, int64_t count, int64_t bits) {
  float least = float_of(bits);
  vec bound = every(least);
  for (; i + LOOK * LANES <= count; i += LOOK * LANES) {
    ints more = *(const vec *)(x + i) > bound;
    for (int v = 1; v < LOOK; v++) {
      more |= *(const vec *)(x + i + v * LANES) > bound;
    }
    if (any(more)) {
      break;
    }
  }
  while (i < count && !(x[i] > least)) {
    i++;
  }
  return i;
}

// The bits of the double that is the sum of e^(x - top); `top` by its bits.
EXPORT int64_t KERNEL(exponentials)(const float *x, int64_t count, int64_t top) {
  vec highest = every(float_of(top));
  double total = 0;
  for (int64_t from = 0; from < count; from += SUM_OF) {
    int64_t to = less(from + SUM_OF, count), i = from;
    vec sums = {0};
    for (; i + LANES <= to; i += LANES) {
      sums += exponential(*(const vec *)(x + i) - highest);
    }
    float rest = 0;
    for (; i < to; i++) {
      rest += exponential(every(x[i]) - highest)[0];
    }
    total += lanes_sum(sums) + rest;
  }
  int64_t bits;
  memcpy(&bits, &total, 8);
  return bits;
}
