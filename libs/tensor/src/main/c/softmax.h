// What a task of attention keeps: its rows, their scores, and sums that fade whenever a larger score
// turns up.
#ifndef BESSEMER_SOFTMAX_H
#define BESSEMER_SOFTMAX_H

#include "exponential.h"
#include "tiles.h"

#define INF __builtin_inff()
#define KEYS 64 // in a block, a multiple of COLUMNS and LANES
#define LONE 2  // rows for which keys and values are read where they lie

INLINE vec larger(vec a, vec b) { return chosen(a > b, a, b); }

INLINE int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

struct state {
  int64_t rows, high, padded; // high: rows in whole strips; padded: width in whole panels
  int64_t strip;              // rows of a strip: 1 if few, 4 where that leaves fewer empty
  float *queries;             // strips [width][strip]
  float *scores;              // [high][KEYS]
  float *weights;             // strips [keys][strip]
  float *sums;                // [high][padded]
  float *tops, *totals;       // [high]
  float *panels;
  float *wide; // [2][KEYS][width] of keys and values that are codes
};

// Room for a block of keys, or of values.
INLINE int64_t panel_floats(int64_t width) {
  int64_t padded = up(width, COLUMNS);
  return width * KEYS > KEYS * padded ? width * KEYS : KEYS * padded;
}

static struct state start(const struct attention *a, float *scratch) {
  struct state s;
  s.rows = a->last - a->first;
  s.strip = up(s.rows, 4) < up(s.rows, ROWS) ? 4 : ROWS;
  if (s.rows <= LONE && a->width % LANES == 0) {
    s.strip = 1;
  }
  s.high = up(s.rows, s.strip);
  s.padded = up(a->width, COLUMNS);
  s.queries = scratch;
  s.scores = s.queries + up(s.high * a->width, 16);
  s.weights = s.scores + s.high * KEYS;
  s.sums = s.weights + s.high * KEYS;
  s.tops = s.sums + s.high * s.padded;
  s.totals = s.tops + s.high;
  s.panels = s.totals + s.high;
  s.wide = s.panels + panel_floats(a->width);
  memset(s.queries, 0, s.high * a->width * 4);
  memset(s.sums, 0, s.high * s.padded * 4);
  for (int64_t row = 0; row < s.high; row++) {
    s.tops[row] = -INF;
    s.totals[row] = 0;
  }
  for (int64_t row = 0; row < s.rows; row++) {
    int64_t r = a->first + row;
    const float *q = a->q + r % a->sharing * a->q_head + r / a->sharing * a->q_query;
    float *to = s.queries + row / s.strip * s.strip * a->width + row % s.strip;
    for (int64_t e = 0; e < a->width; e++) {
      to[e * s.strip] = q[e];
    }
  }
  return s;
}

// The bytes of scratch of a task with so many rows.
EXPORT int64_t KERNEL(attend_scratch)(int64_t rows, int64_t width) {
  int64_t high = up(rows, ROWS), padded = up(width, COLUMNS);
  int64_t blocks = panel_floats(width) + 2 * KEYS * width;
  return 4 * (up(high * width, 16) + high * (2 * KEYS + padded + 2) + blocks);
}

// The keys that a query sees, of those of the task.
INLINE int64_t from_key(const struct attention *a, int64_t query) {
  int64_t from = a->window ? a->bound + query + 1 - a->window : 0;
  return from > a->first_key ? from : a->first_key;
}

INLINE int64_t to_key(const struct attention *a, int64_t query) {
  int64_t to = a->causal ? a->bound + query + 1 : a->bound;
  return less(to, a->last_key);
}

// Turns the scores of a row into weights, those outside the range into zeros.
static void weigh(const struct state *s, int64_t row, int64_t from, int64_t to, int64_t width,
                  float scale) {
  float *at = s->scores + row * KEYS;
  if (from >= to) {
    memset(at, 0, KEYS * 4);
    return;
  }
  for (int64_t i = 0; i < KEYS; i += LANES) {
    *(vec *)(at + i) *= scale;
  }
  for (int64_t i = 0; i < from; i++) {
    at[i] = -INF;
  }
  for (int64_t i = to; i < KEYS; i++) {
    at[i] = -INF;
  }
  vec tops = *(vec *)at;
  for (int64_t i = LANES; i < KEYS; i += LANES) {
    tops = larger(tops, *(vec *)(at + i));
  }
  float before = s->tops[row], top = before;
  for (int lane = 0; lane < LANES; lane++) {
    top = tops[lane] > top ? tops[lane] : top;
  }
  vec added = {0};
  for (int64_t i = 0; i < KEYS; i += LANES) {
    vec e = exponential(*(vec *)(at + i) - top);
    *(vec *)(at + i) = e;
    added += e;
  }
  float fade = top > before ? exponential(every(before - top))[0] : 1;
  s->tops[row] = top;
  s->totals[row] = s->totals[row] * fade + lanes_sum(added);
  if (fade != 1) {
    float *sums = s->sums + row * s->padded;
    for (int64_t e = 0; e < width; e++) {
      sums[e] *= fade;
    }
  }
}

#endif
