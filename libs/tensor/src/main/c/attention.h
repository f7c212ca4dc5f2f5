// Softmax of scaled scores times values, over blocks of keys: sums so far are faded whenever a larger
// score turns up, so no matrix of scores is kept. Query heads that share keys are rows of one product.
#include "lone.h"

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
  if (s->strip == 1) {
    lone(a, s, key, count, k, v);
    return;
  }
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
