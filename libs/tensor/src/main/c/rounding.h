// Rows of floats, rounded to int8 group by group, in loops that the compiler turns into vectors.
//
// For 4 bits the even elements of each block come first, then the odd ones. A block has as many as
// the vector of nibbles that multiplies it, the last of a row may have half of that; of more rows
// than FEW_ROWS it has 8, and four bytes of each of four rows lie side by side. For tiles of AMX
// those of 16 rows do, a block is a tile's, and steps and sums of a group lie side by side too.
#ifndef BESSEMER_ROUNDING_H
#define BESSEMER_ROUNDING_H

#include "dots.h"

#ifndef SIDE
#define SIDE 4 // rows of more than FEW_ROWS whose codes lie side by side
#endif

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

// Whether rows are those of tiles.
INLINE int in_tiles(const struct rounded *r) { return SIDE > 4 && r->rows > FEW_ROWS; }

// Of steps and sums.
static void zero_groups(const struct rounded *r, int64_t row) {
  int64_t groups = padded_groups(r->inner, r->group);
  if (!in_tiles(r)) {
    memset(r->steps + row * groups, 0, 4 * groups);
    memset(r->sums + row * groups, 0, 4 * groups);
  }
}

static void split_row(const struct rounded *r, int8_t *codes) {
  if (r->rows <= FEW_ROWS) {
    split(codes, r->inner, 2 * WIDTH);
  } else if (SIDE == 4) {
    split(codes, r->inner, 8);
  } else if (r->group == 32) {
    split(codes, r->inner, 32);
  } else {
    split(codes, r->inner, 64);
  }
}

static void round_row(const struct rounded *r, int64_t row, int8_t *to) {
  int64_t groups = r->inner / r->group, across = in_tiles(r) ? SIDE : 1;
  int64_t at = in_tiles(r) ? row / SIDE * SIDE * groups + row % SIDE
                           : row * padded_groups(r->inner, r->group);
  const float *x = r->x + row * r->inner;
  zero_groups(r, row);
  for (int64_t g = 0; g < groups; g++, at += across) {
    float most = magnitude(x + g * r->group, r->group);
    float inverse = most < SMALLEST ? 0 : 127 / most, step = most < SMALLEST ? 0 : most / 127;
    r->steps[at] = step;
    r->sums[at] = step * codes_of(x + g * r->group, r->group, inverse, to + g * r->group);
  }
  if (r->bits == 4) {
    split_row(r, to);
  }
}

// Four rows from `row` on to where their codes lie, four bytes of each row side by side.
static void mix(const int8_t *from, int64_t inner, int64_t row, int8_t *codes) {
  int8_t *to = codes + row / SIDE * SIDE * inner + row % SIDE * 4;
  for (int64_t i = 0; i < inner; i += 4) {
    for (int64_t r = 0; r < 4; r++) {
      memcpy(to + SIDE * i + 4 * r, from + r * inner + i, 4);
    }
  }
}

// Bytes of scratch that one call of bessemer_round uses.
EXPORT int64_t KERNEL(round_scratch)(const struct rounded *r) { return 4 * r->inner; }

// Rows 4 * first to before 4 * last; those that are not there become zeros.
EXPORT void KERNEL(round)(const struct rounded *r, int64_t first, int64_t last, char *scratch) {
  for (int64_t four = 4 * first; four < 4 * last; four += 4) {
    int8_t *codes = r->rows > FEW_ROWS ? (int8_t *)scratch : r->codes + four * r->inner;
    for (int64_t row = four; row < four + 4; row++) {
      int8_t *to = codes + (row - four) * r->inner;
      if (row < r->rows) {
        round_row(r, row, to);
      } else {
        memset(to, 0, r->inner);
        zero_groups(r, row);
      }
    }
    if (r->rows > FEW_ROWS) {
      mix((const int8_t *)scratch, r->inner, four, r->codes);
    }
  }
}

#endif
