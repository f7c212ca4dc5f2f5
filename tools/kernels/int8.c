// Products of rows rounded with one step each and weights of int8 with one scale a row: exactly what
// doubles give, but for the two roundings of the result.
#include "check.h"

void KERNEL(int8_round)(const struct int8_rows *, int64_t, int64_t, char *);
int64_t KERNEL(int8_scratch)(const struct int8_product *);
void KERNEL(int8)(const struct int8_product *, int64_t, int64_t, char *);

static void compare(const struct int8_product *p, int64_t columns, const float *x, float fixed) {
  char what[200];
  for (int64_t row = 0; row < p->rows; row++) {
    const float *from = x + row * p->inner;
    float most = 0;
    for (int64_t i = 0; i < p->inner; i++) {
      most = fmaxf(most, fabsf(from[i]));
    }
    float step = fixed > 0 ? fixed : most / 127, inverse = fixed > 0 ? 1 / fixed : 127 / most;
    for (int64_t column = 0; column < columns; column++) {
      double sum = 0;
      for (int64_t i = 0; i < p->inner; i++) {
        float scaled = from[i] * inverse;
        double code = most == 0 ? 0 : rint(scaled);
        sum += fmax(-127, fmin(127, code)) * p->weights[column * p->inner + i];
      }
      snprintf(what, sizeof what, "int8, inner %d, %d rows, step %g, at %d %d", (int)p->inner,
               (int)p->rows, fixed, (int)row, (int)column);
      double wanted = sum * step * p->scales[column];
      expect(p->out[row * p->row_step + column], wanted, 3e-7 * fabs(wanted), what);
    }
  }
}

static void product(int64_t rows, int64_t inner, int64_t columns, float fixed, int extreme) {
  int64_t dozens = (rows + ROUNDED_TOGETHER - 1) / ROUNDED_TOGETHER;
  float *x = rows_of_floats(rows, inner);
  struct int8_rows r = {x, take(2 * dozens * ROUNDED_TOGETHER * inner), take(4 * rows),
                        take(4 * rows), rows, inner, fixed};
  int64_t middle = dozens / 2;
  KERNEL(int8_round)(&r, 0, middle, take(4 * inner));
  KERNEL(int8_round)(&r, middle, dozens, take(4 * inner));
  int8_t *weights = take(columns * inner);
  float *scales = take(4 * columns);
  for (int64_t i = 0; i < columns * inner; i++) {
    weights[i] = extreme ? (bits32() & 1 ? 127 : -127) : (int)(bits32() >> 8) % 255 - 127;
  }
  for (int64_t i = 0; i < columns; i++) {
    scales[i] = between(.001f, .02f);
  }
  struct int8_product p = {.weights = weights, .scales = scales, .codes = r.codes,
                           .steps = r.steps, .sums = r.sums, .rows = rows, .inner = inner,
                           .row_step = columns + 3};
  p.out = take(4 * ((rows - 1) * p.row_step + columns));
  int64_t cut = columns > 32 ? 32 : columns / 2;
  char *scratch = take(KERNEL(int8_scratch)(&p));
  KERNEL(int8)(&p, 0, cut, scratch);
  KERNEL(int8)(&p, cut, columns, scratch);
  compare(&p, columns, x, fixed);
  give_back();
}

// What is no number must not come out as one.
static void oddities(void) {
  const float odd[] = {0, 1e-40f, NAN, INFINITY};
  for (int n = 0; n < 16; n++) {
    int64_t rows = n < 8 ? 1 : 10;
    float fixed = n % 8 < 4 ? 0 : .5f;
    float *x = take(4 * rows * 128);
    memset(x, 0, 4 * rows * 128);
    x[5] = odd[n % 4];
    struct int8_rows r = {x, take(2 * 12 * 128), take(4 * rows), take(4 * rows), rows, 128, fixed};
    KERNEL(int8_round)(&r, 0, 1, take(4 * 128));
    int8_t *weights = take(20 * 128);
    float *scales = take(4 * 20);
    memset(weights, 1, 20 * 128);
    for (int i = 0; i < 20; i++) {
      scales[i] = 1;
    }
    struct int8_product p = {weights, scales, r.codes, r.steps, r.sums, rows, 128,
                             take(4 * 20 * rows), 20};
    KERNEL(int8)(&p, 0, 20, take(KERNEL(int8_scratch)(&p)));
    for (int64_t i = 0; i < 20 * rows; i++) {
      double got = p.out[i];
      expect(n % 4 < 2 || i >= 20 ? got : isfinite(got), 0, 0, "int8 of zeros or no numbers");
    }
    give_back();
  }
}

void check_int8(void) {
  const int64_t widths[] = {64, 192, 448, 1152};
  const int64_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 33, 135};
  for (int w = 0; w < 4; w++) {
    for (int n = 0; n < 15; n++) {
      for (int fixed = 0; fixed < 2; fixed++) {
        product(rows[n], widths[w], 1 + bits32() % (n == 13 ? 150 : 40), fixed * .01f, n % 3 == 0);
      }
    }
  }
  product(1, 16384, 3, 0, 1);
  product(9, 16384, 40, 0, 1);
  oddities();
}
