// Products of rows split in two and weights of bf16, where a kind has them, against sums of
// doubles.
#include "check.h"

#ifdef TILES

void KERNEL(bf16_round)(const struct bf16_rows *, int64_t, int64_t);
int64_t KERNEL(bf16_scratch)(const struct bf16_product *);
void KERNEL(bf16)(const struct bf16_product *, int64_t, int64_t, char *);

static uint16_t *halves_of(struct bf16_rows *r) {
  int64_t tiles = (r->rows + 15) / 16;
  r->halves = take(4 * 16 * tiles * r->inner);
  KERNEL(bf16_round)(r, 0, tiles / 2);
  KERNEL(bf16_round)(r, tiles / 2, tiles);
  return r->halves;
}

// Rounding may leave out 2^-17 of each product, sums of floats some more.
static void product(int64_t rows, int64_t inner, int64_t columns) {
  int64_t step = inner + 5, room = columns + 3;
  struct bf16_rows r = {.x = rows_of_floats(rows, inner), .rows = rows, .inner = inner};
  uint16_t *weights = take(2 * (columns * step - 5));
  float *meant = take(4 * columns * inner);
  for (int64_t i = 0; i < columns * inner; i++) {
    meant[i] = put(weights, BF16, i / inner * step + i % inner, between(-2, 2));
  }
  struct bf16_product p = {weights, step, halves_of(&r), rows, inner,
                           take(4 * ((rows - 1) * room + columns)), room};
  char *scratch = take(KERNEL(bf16_scratch)(&p));
  int64_t cut = columns > 32 ? 32 : columns / 2;
  KERNEL(bf16)(&p, 0, cut, scratch);
  KERNEL(bf16)(&p, cut, columns, scratch);
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      double sum = 0, magnitude = 1e-30;
      for (int64_t k = 0; k < inner; k++) {
        double one = (double)r.x[row * inner + k] * meant[column * inner + k];
        sum += one;
        magnitude += fabs(one);
      }
      char what[100];
      snprintf(what, sizeof what, "bf16, %d rows, inner %d, at %d %d", (int)rows, (int)inner,
               (int)row, (int)column);
      expect(p.out[row * room + column], sum, (0x1p-17 + 1e-6) * magnitude, what);
    }
  }
  give_back();
}

// What is no number stays none, what is infinite stays that, in its row alone.
static void oddities(void) {
  const float odd[] = {0, 1e-40f, -INFINITY, INFINITY, NAN, 3.4e38f};
  for (int o = 0; o < 6; o++) {
    float *x = take(4 * 20 * 64);
    memset(x, 0, 4 * 20 * 64);
    x[7] = odd[o];
    struct bf16_rows r = {.x = x, .rows = 20, .inner = 64};
    uint16_t *weights = take(2 * 10 * 64);
    for (int i = 0; i < 10 * 64; i++) {
      put(weights, BF16, i, 1);
    }
    struct bf16_product p = {weights, 64, halves_of(&r), 20, 64, take(4 * 10 * 20), 10};
    KERNEL(bf16)(&p, 0, 10, take(KERNEL(bf16_scratch)(&p)));
    for (int i = 0; i < 200; i++) {
      double got = p.out[i];
      int same = o == 4 ? isnan(got) : o == 5 ? got > 3e38 : got == odd[o];
      expect(i >= 10 || o < 2 ? got == 0 : same, 1, 0, "bf16 of zeros or no numbers");
    }
    give_back();
  }
}

void check_bf16(void) {
  const int64_t rows[] = {1, 15, 16, 17, 32, 33, 135}, inner[] = {32, 64, 224, 1152};
  for (int n = 0; n < 7; n++) {
    for (int k = 0; k < 4; k++) {
      product(rows[n], inner[k], 1 + bits32() % 80);
    }
  }
  oddities();
}

#else

void check_bf16(void) {}

#endif
