// Products of floats, and attention, against sums of doubles.
#include "check.h"

void KERNEL(lay_rows)(int64_t, const float *, int64_t, int64_t, float *);
void KERNEL(few_rows)(int64_t, const float *, int64_t, int64_t, const char *, int64_t, float *,
                      int64_t, int64_t);
void KERNEL(pack_strips)(int64_t, const void *, int64_t, int64_t, int64_t, int64_t, float *);
void KERNEL(pack_panels)(int64_t, const void *, int64_t, int64_t, int64_t, int64_t, float *,
                         int64_t);
void KERNEL(multiply)(const float *, const float *, int64_t, int64_t, float *, int64_t, int64_t,
                      int64_t, int64_t);
int64_t KERNEL(panel_columns)(void);
int64_t KERNEL(attend_scratch)(int64_t, int64_t);
void KERNEL(attend)(const struct attention *, float *);
void KERNEL(attend_together)(const struct attention *, int64_t, int64_t);

// Few rows, and many rows in strips and panels, of every type.
static void dense(int64_t type, int64_t rows, int64_t inner, int64_t columns) {
  int64_t size = size_of(type), panel = KERNEL(panel_columns)(), step = inner + 5;
  int64_t strips = (rows + 5) / 6, panels = (columns + panel - 1) / panel;
  float *x = rows_of_floats(rows, inner), *meant = take(4 * columns * inner);
  char *w = take(size * (columns * step - 5)), *turned = take(size * inner * columns);
  for (int64_t i = 0; i < columns * inner; i++) {
    float v = between(-2, 2);
    meant[i] = put(w, type, i / inner * step + i % inner, v);
    put(turned, type, i % inner * columns + i / inner, v);
  }
  float *few = take(4 * rows * columns), *many = take(4 * rows * columns);
  float *other = take(4 * rows * columns), *laid = take(4 * rows * inner);
  if (rows <= 16) {
    KERNEL(lay_rows)(type, x, rows, inner, laid);
    KERNEL(few_rows)(type, laid, rows, inner, w, step * size, few, columns, columns);
  }
  float *a = take(4 * strips * 6 * inner), *b = take(4 * panels * panel * inner);
  KERNEL(pack_strips)(F32, x, inner, 1, rows, inner, a);
  KERNEL(pack_panels)(type, w, step, 1, columns, inner, b, panel * inner);
  KERNEL(multiply)(a, b, panel * inner, inner, many, columns, rows, columns, 0);
  KERNEL(pack_panels)(type, turned, 1, columns, columns, inner, b, panel * inner);
  KERNEL(multiply)(a, b, panel * inner, inner, other, columns, rows, columns, 0);
  KERNEL(multiply)(a, b, panel * inner, inner, other, columns, rows, columns, 1);
  for (int64_t i = 0; i < rows * columns; i++) {
    double sum = 0, magnitude = 1e-30;
    for (int64_t k = 0; k < inner; k++) {
      double one = (double)x[i / columns * inner + k] * meant[i % columns * inner + k];
      sum += one;
      magnitude += fabs(one);
    }
    char what[100];
    snprintf(what, sizeof what, "dense, type %d, %d x %d x %d at %d", (int)type, (int)rows,
             (int)inner, (int)columns, (int)i);
    if (rows <= 16) {
      expect(few[i], sum, 2e-6 * magnitude, what);
    }
    expect(many[i], sum, 2e-6 * magnitude, what);
    expect(other[i], 2 * sum, 4e-6 * magnitude, what);
  }
  give_back();
}

static void floats(void) {
  const int64_t rows[] = {1, 2, 3, 4, 5, 7, 12, 16, 25}, inner[] = {1, 7, 32, 100, 300, 513};
  const int64_t columns[] = {1, 3, 17, 64, 70, 131};
  for (int64_t type = F32; type <= BF16; type++) {
    for (int r = 0; r < 9; r++) {
      for (int k = 0; k < 6; k++) {
        dense(type, rows[r], inner[k], columns[(r + k) % 6]);
      }
    }
  }
}

static void attention(struct attention a, int64_t queries, int64_t parts) {
  int64_t heads = a.sharing, width = a.width, size = size_of(a.type);
  float *q = rows_of_floats(heads * queries, width);
  float *k = take(4 * a.keys * width), *v = take(4 * a.keys * width);
  a.k_step = a.v_step = width + 2;
  char *keys = take(size * (a.keys * a.k_step - 2)), *values = take(size * (a.keys * a.k_step - 2));
  for (int64_t i = 0; i < a.keys * width; i++) {
    int64_t at = i / width * a.k_step + i % width;
    k[i] = put(keys, a.type, at, between(-2, 2));
    v[i] = put(values, a.type, at, between(-2, 2));
  }
  a.q = q, a.q_head = queries * width, a.q_query = width, a.k = keys, a.v = values;
  a.out = take(4 * heads * queries * width), a.out_head = width, a.out_query = heads * width;
  a.first = 0, a.last = heads * queries;
  int64_t step = a.last * (width + 2);
  if (parts > 1) {
    a.partial = take(4 * parts * step);
  }
  float *partial = a.partial;
  for (int64_t i = 0; i < parts; i++) {
    a.first_key = a.keys * i / parts / 64 * 64;
    a.last_key = i + 1 == parts ? a.keys : a.keys * (i + 1) / parts / 64 * 64;
    a.partial = parts > 1 ? partial + i * step : 0;
    KERNEL(attend)(&a, take(KERNEL(attend_scratch)(a.last, width)));
  }
  a.partial = partial;
  if (parts > 1) {
    KERNEL(attend_together)(&a, parts, step);
  }
  for (int64_t row = 0; row < a.last; row++) {
    int64_t head = row % heads, query = row / heads;
    int64_t to = a.causal ? a.bound + query + 1 : a.bound;
    int64_t from = a.window && to > a.window ? to - a.window : 0;
    double scores[2000], total = 0, top = -INFINITY;
    for (int64_t i = from; i < to; i++) {
      scores[i] = 0;
      for (int64_t e = 0; e < width; e++) {
        scores[i] += a.scale * q[(head * queries + query) * width + e] * k[i * width + e];
      }
      top = fmax(top, scores[i]);
    }
    for (int64_t i = from; i < to; i++) {
      total += scores[i] = exp(scores[i] - top);
    }
    for (int64_t e = 0; e < width; e++) {
      double sum = 0;
      for (int64_t i = from; i < to; i++) {
        sum += scores[i] / total * v[i * width + e];
      }
      char what[100];
      snprintf(what, sizeof what, "attention, type %d, width %d, %d keys, row %d, element %d",
               (int)a.type, (int)width, (int)a.keys, (int)row, (int)e);
      expect(a.out[query * a.out_query + head * a.out_head + e], sum, 2e-5, what);
    }
  }
  give_back();
}

static void attentions(void) {
  const int64_t widths[] = {64, 80, 128, 33};
  for (int64_t n = 0; n < 36; n++) {
    int64_t queries = n % 3 == 0 ? 1 : n % 3 == 1 ? 7 : 40, before = n % 5 * 57;
    struct attention a = {.type = n / 4 % 3, .width = widths[n % 4], .sharing = 1 + n % 4,
                          .scale = .1, .causal = n % 7 != 6, .keys = before + queries};
    a.bound = a.causal ? before : a.keys;
    a.window = a.causal && n % 6 == 5 ? 20 : 0;
    attention(a, queries, n % 2 && a.keys >= 128 ? 2 : 1);
  }
}

void check_floats(void) {
  floats();
  attentions();
}
