// The kernels of one kind, KIND, against sums of doubles. Prints what is wrong; fails if anything is.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels.h"

#define JOINED(name, kind) bessemer_##name##_##kind
#define NAMED(name, kind) JOINED(name, kind)
#define KERNEL(name) NAMED(name, KIND)
#define TEXT(x) #x
#define NAME(x) TEXT(x)

int64_t KERNEL(round_scratch)(const struct rounded *);
void KERNEL(round)(const struct rounded *, int64_t, int64_t, char *);
int64_t KERNEL(rounded_scratch)(const struct product *);
void KERNEL(rounded)(const struct product *, int64_t, int64_t, char *);
void KERNEL(planes)(const struct rounded *, int64_t, int64_t);
int64_t KERNEL(exact_scratch)(const struct product *);
void KERNEL(exact)(const struct product *, int64_t, int64_t, char *);
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

static int64_t wrong, compared;
static uint64_t seed = 1;

static uint32_t bits32(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 32;
}

static float between(float low, float high) { return low + (high - low) * (bits32() >> 8) / 16777216; }

// Memory that ends, but for less than four bytes, where nothing may be read; all of it given back at
// once.
static struct { char *at; size_t size; } taken[64];
static int takes;

static void *take(int64_t bytes) {
  size_t page = sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page;
  char *at = mmap(0, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED || takes == 64 || mprotect(at + size, page, PROT_NONE)) {
    abort();
  }
  taken[takes].at = at;
  taken[takes++].size = size + page;
  memset(at, 0xff, size); // no number
  return at + size - (bytes + 3) / 4 * 4;
}

static void give_back(void) {
  while (takes > 0) {
    takes--;
    munmap(taken[takes].at, taken[takes].size);
  }
}

static void expect(double got, double wanted, double bound, const char *what) {
  compared++;
  if (!(fabs(got - wanted) <= bound) && wrong++ < 20) {
    printf(NAME(KIND) ": %s: %.9g instead of %.9g\n", what, got, wanted);
  }
}

static int64_t size_of(int64_t type) { return type == F32 ? 4 : 2; }

// Writes a number as one of a type; gives what it has become.
static float put(void *to, int64_t type, int64_t i, float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint16_t half = bits >> 16;
  if (type == F32) {
    ((float *)to)[i] = x;
    return x;
  }
  if (type == BF16) {
    bits &= 0xffff0000;
  } else { // of normal numbers, cut off
    half = (bits >> 16 & 0x8000) | ((bits >> 23 & 255) - 112) << 10 | (bits >> 13 & 0x3ff);
    bits &= 0xffffe000;
    if ((bits >> 23 & 255) < 113) {
      half = bits = 0;
    }
  }
  ((uint16_t *)to)[i] = half;
  memcpy(&x, &bits, 4);
  return x;
}

// A quantized matrix and what it means.
struct matrix {
  uint8_t *words;
  char *scales, *biases;
  int *codes; // [columns, inner]
  float *s, *b;
};

static struct matrix matrix(const struct product *p, int64_t columns) {
  int64_t inner = p->inner, groups = inner / p->group;
  struct matrix m = {take(columns * inner * p->bits / 8), take(columns * groups * size_of(p->type)),
                     take(columns * groups * size_of(p->type)), take(4 * columns * inner),
                     take(4 * columns * groups), take(4 * columns * groups)};
  memset(m.words, 0, columns * inner * p->bits / 8);
  for (int64_t i = 0; i < columns * inner; i++) {
    int most = (1 << p->bits) - 1;
    m.codes[i] = i % 7 == 0 || i / inner % 5 == 4 ? most : (int)(bits32() >> 8) & most;
    for (int bit = 0; bit < p->bits; bit++) { // a row is a whole number of bytes
      int64_t at = i * p->bits + bit;
      m.words[at / 8] |= (m.codes[i] >> bit & 1) << at % 8;
    }
  }
  for (int64_t i = 0; i < columns * groups; i++) {
    m.s[i] = put(m.scales, p->type, i, between(-.02f, .02f));
    m.b[i] = put(m.biases, p->type, i, between(-1, 1));
  }
  return m;
}

// What a product is, with codes of rows in doubles or the rows themselves.
static void compare(const struct product *p, struct matrix m, int64_t columns, const float *x,
                    int exact, const char *kernel) {
  char what[200];
  for (int64_t at = 0; at < p->rows * columns; at++) {
    int64_t row = at / columns, column = at % columns;
    double total = 0, magnitude = 1e-30;
    for (int64_t g = 0; g < p->inner / p->group; g++) {
      const float *from = x + row * p->inner + g * p->group;
      const int *codes = m.codes + column * p->inner + g * p->group;
      double s = m.s[column * (p->inner / p->group) + g], b = m.b[column * (p->inner / p->group) + g];
      float most = 0;
      for (int64_t i = 0; i < p->group; i++) {
        most = fmaxf(most, fabsf(from[i]));
      }
      double step = exact ? 1 : most / 127., sum = 0, products = 0, magnitudes = 0, signs = 0;
      for (int64_t i = 0; i < p->group; i++) {
        float scaled = from[i] * (127 / most);
        double code = exact ? from[i] : most == 0 ? 0 : rint(scaled);
        products += code * codes[i];
        sum += code;
        signs += fabs(code);
        magnitudes += fabs(code) * codes[i];
      }
      total += step * (s * products + b * sum);
      magnitude += step * (fabs(s) * magnitudes + fabs(b) * (exact ? signs : fabs(sum)));
    }
    snprintf(what, sizeof what, "%s, %d bits, group %d, inner %d, type %d, %d rows, at %d %d",
             kernel, (int)p->bits, (int)p->group, (int)p->inner, (int)p->type, (int)p->rows,
             (int)row, (int)column);
    expect(p->out[row * p->row_step + column], total, 5e-7 * magnitude, what);
  }
}

static float *rows_of_floats(int64_t rows, int64_t inner) {
  float *x = take(4 * rows * inner);
  for (int64_t i = 0; i < rows * inner; i++) {
    x[i] = i / 32 % 11 == 3 ? 0 : i % 13 == 0 ? (i % 2 ? 3 : -3) : between(-3, 3);
  }
  return x;
}

static void rounded(struct product p, int64_t columns) {
  int64_t fours = (p.rows + 3) / 4, groups = padded_groups(p.inner, p.group);
  float *x = rows_of_floats(p.rows, p.inner);
  struct matrix m = matrix(&p, columns);
  struct rounded r = {x, take(4 * fours * p.inner), take(16 * fours * groups),
                      take(16 * fours * groups), p.rows, p.inner, p.bits, p.group};
  int64_t middle = fours / 2;
  KERNEL(round)(&r, 0, middle, take(KERNEL(round_scratch)(&r)));
  KERNEL(round)(&r, middle, fours, take(KERNEL(round_scratch)(&r)));
  p.words = m.words, p.scales = m.scales, p.biases = m.biases;
  p.codes = r.codes, p.steps = r.steps, p.sums = r.sums;
  p.row_step = columns + 3;
  p.out = take(4 * ((p.rows - 1) * p.row_step + columns));
  int64_t cut = columns > 16 ? 16 : columns / 2;
  char *scratch = take(KERNEL(rounded_scratch)(&p));
  KERNEL(rounded)(&p, 0, cut, scratch);
  KERNEL(rounded)(&p, cut, columns, scratch);
  compare(&p, m, columns, x, 0, "rounded");
  give_back();
}

static void exact(struct product p, int64_t columns) {
  int64_t groups = padded_groups(p.inner, p.group);
  float *x = rows_of_floats(p.rows, p.inner);
  struct matrix m = matrix(&p, columns);
  struct rounded r = {x, 0, take(4 * p.rows * p.inner), take(4 * p.rows * groups),
                      p.rows, p.inner, p.bits, p.group};
  KERNEL(planes)(&r, 0, p.rows);
  p.words = m.words, p.scales = m.scales, p.biases = m.biases;
  p.steps = r.steps, p.sums = r.sums;
  p.row_step = columns + 3;
  p.out = take(4 * ((p.rows - 1) * p.row_step + columns));
  KERNEL(exact)(&p, 0, columns, take(KERNEL(exact_scratch)(&p)));
  compare(&p, m, columns, x, 1, "exact");
  give_back();
}

static void quantized(void) {
  const int64_t widths[] = {64, 128, 448, 1152}, rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 33, 135};
  const int64_t bits[] = {2, 3, 4, 5, 6, 8};
  for (int b = 0; b < 6; b++) {
    for (int64_t group = 32; group <= 128; group *= 2) {
      for (int w = 0; w < 4; w++) {
        for (int n = 0; n < 13 && widths[w] % group == 0; n++) {
          struct product p = {.type = bits32() % 3, .bits = bits[b], .group = group,
                              .inner = widths[w], .rows = rows[n]};
          rounded(p, 1 + bits32() % (n == 10 ? 150 : 40));
          if (bits[b] == 4 || bits[b] == 8) {
            exact(p, 1 + bits32() % 40);
          }
        }
      }
    }
  }
}

// What is no number must not come out as one.
static void oddities(void) {
  const float odd[] = {0, 1e-40f, NAN, INFINITY};
  for (int64_t n = 0; n < 8; n++) {
    struct product p = {.type = F32, .bits = n % 2 ? 4 : 8, .group = 64, .inner = 128,
                        .rows = n < 4 ? 1 : 10, .row_step = 20};
    for (int o = 0; o < 4; o++) {
      struct matrix m = matrix(&p, 20);
      struct rounded r = {take(4 * p.rows * 128), take(12 * 128), take(12 * 8 * 4),
                          take(12 * 8 * 4), p.rows, 128, p.bits, 64};
      memset((float *)r.x, 0, 4 * p.rows * 128);
      ((float *)r.x)[5] = odd[o];
      KERNEL(round)(&r, 0, (p.rows + 3) / 4, take(KERNEL(round_scratch)(&r)));
      p.words = m.words, p.scales = m.scales, p.biases = m.biases;
      p.codes = r.codes, p.steps = r.steps, p.sums = r.sums, p.out = take(4 * 20 * p.rows);
      KERNEL(rounded)(&p, 0, 20, take(KERNEL(rounded_scratch)(&p)));
      for (int64_t i = 0; i < 20 * p.rows; i++) {
        double got = p.out[i];
        expect(o < 2 || i >= 20 ? got : isfinite(got), 0, 0, "a product of zeros or no numbers");
      }
      give_back();
    }
  }
}

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

int main(void) {
  quantized();
  oddities();
  floats();
  attentions();
  printf(NAME(KIND) ": %ld values compared, %ld wrong\n", (long)compared, (long)wrong);
  return wrong != 0;
}
