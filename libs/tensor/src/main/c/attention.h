// Softmax of scaled scores times values, over blocks of keys: sums so far are faded whenever a larger
// score turns up, so no matrix of scores is kept. Query heads that share keys are rows of one product.
#include "exponential.h"
#include "tiles.h"

#define INF __builtin_inff()
#define KEYS 64 // in a block, a multiple of COLUMNS and LANES

INLINE vec larger(vec a, vec b) { return chosen(a > b, a, b); }

INLINE int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

struct state {
  int64_t rows, high, padded; // high: rows in whole strips; padded: width in whole panels
  int64_t strip;              // rows of a strip: 4 where that leaves fewer empty
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

// Strips times a panel.
INLINE void column(const struct state *s, const float *strips, const float *panel, int64_t step,
                   int64_t depth, float *out, int64_t row_step, int64_t add) {
  for (int64_t i = 0; i < s->high; i += s->strip) {
    if (s->strip == 4) {
      tile(4, strips + i * depth, panel, step, depth, out + i * row_step, row_step, add);
    } else {
      tile(ROWS, strips + i * depth, panel, step, depth, out + i * row_step, row_step, add);
    }
  }
}

// Weights times values, added to the sums. Floats are read where they lie.
INLINE void add_values(const struct attention *a, const struct state *s, const char *v,
                       int64_t count) {
  const float *panels = (const float *)v;
  int64_t step = a->v_step, apart = COLUMNS;
  if (a->type != F32 || a->width % COLUMNS != 0) {
    KERNEL(pack_panels)(a->type, v, 1, a->v_step, a->width, count, s->panels, COLUMNS * count);
    panels = s->panels;
    step = COLUMNS;
    apart = COLUMNS * count;
  }
  for (int64_t j = 0; j < s->padded; j += COLUMNS, panels += apart) {
    column(s, s->weights, panels, step, count, s->sums + j, s->padded, 1);
  }
}

// Codes and their scales as floats.
static const char *widen(const char *rows, int64_t step, int64_t count, int64_t width, float *to) {
  for (int64_t i = 0; i < count; i++, rows += step) {
    const int8_t *codes = (const int8_t *)rows;
    float scale;
    memcpy(&scale, rows + width, sizeof scale);
    for (int64_t e = 0; e < width; e++) {
      to[i * width + e] = scale * codes[e];
    }
  }
  return (const char *)to;
}

static void mix(const struct attention *a, const struct state *s, int64_t key, int64_t count,
                const char *k, const char *v) {
  int64_t size = bytes_of(a->type);
  KERNEL(pack_panels)(a->type, k, a->k_step, 1, count, a->width, s->panels, COLUMNS * a->width);
  for (int64_t j = 0; j < count; j += COLUMNS) {
    for (int64_t i = j; i < less(j + COLUMNS, count); i++) {
      for (int64_t line = 0; line < a->width * size; line += 64) {
        __builtin_prefetch(v + i * a->v_step * size + line);
      }
    }
    column(s, s->queries, s->panels + j * a->width, COLUMNS, a->width, s->scores + j, KEYS, 0);
  }
  for (int64_t row = 0; row < s->rows; row++) {
    int64_t query = (a->first + row) / a->sharing;
    int64_t from = from_key(a, query) - key, to = to_key(a, query) - key;
    weigh(s, row, from > 0 ? from : 0, less(count, to), a->width, a->scale);
  }
  if (s->strip == 4) {
    pack(F32, (const char *)s->scores, KEYS, 1, s->rows, 4, count, s->weights, 4 * count);
  } else {
    KERNEL(pack_strips)(F32, (const char *)s->scores, KEYS, 1, s->rows, count, s->weights);
  }
  add_values(a, s, v, count);
}

static void block(const struct attention *a, const struct state *s, int64_t key) {
  int64_t count = less(KEYS, a->keys - key), size = a->type == CODES ? 1 : bytes_of(a->type);
  const char *k = a->k + key * a->k_step * size, *v = a->v + key * a->v_step * size;
  if (a->type == CODES) {
    struct attention floats = *a;
    floats.type = F32;
    floats.k_step = floats.v_step = a->width;
    k = widen(k, a->k_step, count, a->width, s->wide);
    v = widen(v, a->v_step, count, a->width, s->wide + KEYS * a->width);
    mix(&floats, s, key, count, k, v);
  } else {
    mix(a, s, key, count, k, v);
  }
}

static void finish(const struct attention *a, const struct state *s) {
  for (int64_t row = 0; row < s->rows; row++) {
    int64_t r = a->first + row;
    const float *sums = s->sums + row * s->padded;
    float total = s->totals[row];
    if (a->partial) {
      float *to = a->partial + row * (a->width + 2);
      memcpy(to, sums, a->width * 4);
      to[a->width] = s->tops[row];
      to[a->width + 1] = total;
    } else {
      float *to = a->out + r % a->sharing * a->out_head + r / a->sharing * a->out_query;
      for (int64_t e = 0; e < a->width; e++) {
        to[e] = total == 0 ? 0 : sums[e] * (1 / total);
      }
    }
  }
}

EXPORT void KERNEL(attend)(const struct attention *a, float *scratch) {
  struct state s = start(a, scratch);
  int64_t first = INT64_MAX, last = 0;
  for (int64_t row = a->first; row < a->last; row++) {
    int64_t from = from_key(a, row / a->sharing), to = to_key(a, row / a->sharing);
    first = less(first, from);
    last = to > last ? to : last;
  }
  for (int64_t key = first / KEYS * KEYS; key < last; key += KEYS) {
    block(a, &s, key);
  }
  finish(a, &s);
}

// Puts the results of `parts` ranges of keys together, those of a range `step` floats from the next.
EXPORT void KERNEL(attend_together)(const struct attention *a, int64_t parts, int64_t step) {
  for (int64_t row = 0; row < a->last; row++) {
    const float *from = a->partial + row * (a->width + 2);
    float *to = a->out + row % a->sharing * a->out_head + row / a->sharing * a->out_query;
    float top = -INF, total = 0;
    for (int64_t i = 0; i < parts; i++) {
      float other = from[i * step + a->width];
      top = other > top ? other : top;
    }
    memset(to, 0, a->width * 4);
    for (int64_t i = 0; i < parts; i++) {
      const float *part = from + i * step;
      float fade = part[a->width + 1] == 0 ? 0 : exponential(every(part[a->width] - top))[0];
      total += fade * part[a->width + 1];
      for (int64_t e = 0; e < a->width; e++) {
        to[e] += fade * part[e];
      }
    }
    for (int64_t e = 0; e < a->width; e++) {
      to[e] = total == 0 ? 0 : to[e] * (1 / total);
    }
  }
}
