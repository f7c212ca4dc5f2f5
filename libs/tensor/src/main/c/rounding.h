// Rows of floats, rounded to int8 group by group, in loops that the compiler turns into vectors.
//
// For 4 bits the even elements of each block come first, then the odd ones. A block has as many as
// the vector of nibbles that multiplies it, the last of a row may have half of that; of more rows
// than FEW_ROWS it has 8, and four bytes of each of four rows lie side by side.
#include "dots.h"

// Below this a step would have no inverse; such activations count as zero.
#define SMALLEST 1e-30f

// The largest magnitude, or not a number if one is not: bits of floats compare as integers do.
INLINE float magnitude(const float *x, int64_t count) {
  int32_t most = 0;
  for (int64_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, x + i, 4);
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  float value;
  memcpy(&value, &most, 4);
  return value;
}

// The codes of a group; gives the sum.
INLINE int32_t codes_of(const float *x, int64_t count, float inverse, int8_t *to) {
  int32_t sum = 0;
  for (int64_t i = 0; i < count; i++) {
    float code = __builtin_rintf(x[i] * inverse);
    to[i] = (int32_t)code; // whatever it is where that is no number: the step is none either
    sum += to[i];
  }
  return sum;
}

// The even bytes of each block, then the odd ones.
INLINE void split(int8_t *codes, int64_t count, int64_t block) {
  int8_t copy[2 * WIDTH];
  for (int64_t at = 0; at < count; at += block) {
    int64_t half = (count - at < block ? count - at : block) / 2;
    memcpy(copy, codes + at, 2 * half);
    for (int64_t i = 0; i < half; i++) {
      codes[at + i] = copy[2 * i];
      codes[at + half + i] = copy[2 * i + 1];
    }
  }
}

static void round_row(const struct rounded *r, int64_t row) {
  int64_t groups = padded_groups(r->inner, r->group);
  const float *x = r->x + row * r->inner;
  int8_t *to = r->codes + row * r->inner;
  float *steps = r->steps + row * groups, *sums = r->sums + row * groups;
  memset(steps, 0, 4 * groups);
  memset(sums, 0, 4 * groups);
  for (int64_t g = 0; g < r->inner / r->group; g++) {
    float most = magnitude(x + g * r->group, r->group);
    float inverse = most < SMALLEST ? 0 : 127 / most;
    steps[g] = most < SMALLEST ? 0 : most / 127;
    sums[g] = steps[g] * codes_of(x + g * r->group, r->group, inverse, to + g * r->group);
  }
  if (r->bits == 4) {
    if (r->rows > FEW_ROWS) {
      split(to, r->inner, 8);
    } else {
      split(to, r->inner, 2 * WIDTH);
    }
  }
}

// Bytes of 4 rows side by side, four of each.
static void mix(const int8_t *from, int64_t inner, int8_t *to) {
  for (int64_t i = 0; i < inner; i += 4) {
    for (int64_t row = 0; row < 4; row++) {
      memcpy(to + 4 * i + 4 * row, from + row * inner + i, 4);
    }
  }
}

static void zero_row(const struct rounded *r, int64_t row) {
  int64_t groups = padded_groups(r->inner, r->group);
  memset(r->codes + row * r->inner, 0, r->inner);
  memset(r->steps + row * groups, 0, 4 * groups);
  memset(r->sums + row * groups, 0, 4 * groups);
}

// Bytes of scratch that one call of bessemer_round uses.
EXPORT int64_t KERNEL(round_scratch)(const struct rounded *r) { return 4 * r->inner; }

// Rows 4 * first to before 4 * last; those that are not there become zeros.
EXPORT void KERNEL(round)(const struct rounded *r, int64_t first, int64_t last, char *scratch) {
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
      mix((const int8_t *)scratch, r->inner, codes);
    }
  }
}
