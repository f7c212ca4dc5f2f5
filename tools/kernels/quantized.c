// Products with quantized weights, of rounded rows and of exact ones, against sums of doubles.
#include "check.h"

int64_t KERNEL(round_scratch)(const struct rounded *);
void KERNEL(round)(const struct rounded *, int64_t, int64_t, char *);
int64_t KERNEL(rounded_scratch)(const struct product *);
void KERNEL(rounded)(const struct product *, int64_t, int64_t, char *);
void KERNEL(planes)(const struct rounded *, int64_t, int64_t);
int64_t KERNEL(exact_scratch)(const struct product *);
void KERNEL(exact)(const struct product *, int64_t, int64_t, char *);

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
      int64_t group = column * (p->inner / p->group) + g;
      double s = m.s[group], b = m.b[group];
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

static void rounded(struct product p, int64_t columns) {
  int64_t fours = (p.rows + 3) / 4, room = (p.rows + 15) / 16 * 16;
  int64_t groups = padded_groups(p.inner, p.group);
  float *x = rows_of_floats(p.rows, p.inner);
  struct matrix m = matrix(&p, columns);
  struct rounded r = {x, take(room * p.inner), take(4 * room * groups), take(4 * room * groups),
                      p.rows, p.inner, p.bits, p.group};
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
  const int64_t widths[] = {64, 128, 448, 1152};
  const int64_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 33, 135, 16, 32};
  const int64_t bits[] = {2, 3, 4, 5, 6, 8};
  for (int b = 0; b < 6; b++) {
    for (int64_t group = 32; group <= 128; group *= 2) {
      for (int w = 0; w < 4; w++) {
        for (int n = 0; n < 15 && widths[w] % group == 0; n++) {
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
      struct rounded r = {take(4 * p.rows * 128), take(16 * 128), take(16 * 8 * 4),
                          take(16 * 8 * 4), p.rows, 128, p.bits, 64};
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

void check_quantized(void) {
  quantized();
  oddities();
}
