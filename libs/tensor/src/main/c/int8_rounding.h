// Rows of floats, rounded to int8 with one step each; codes lie as those of rounding.h do for 8
// bits.
#include "rounding.h"

static void int8_row(const struct int8_rows *r, int64_t row, int8_t *to) {
  const float *x = r->x + row * r->inner;
  float most = magnitude(x, r->inner), step = r->step, inverse = 1 / step;
  if (r->step == 0) {
    step = most < SMALLEST ? 0 : most / 127;
    inverse = most < SMALLEST ? 0 : 127 / most;
  }
  int32_t sum = 0;
  for (int64_t i = 0; i < r->inner; i++) {
    float code = __builtin_rintf(x[i] * inverse);
    code = code < 127 ? code : 127;
    to[i] = (int32_t)(code > -127 ? code : -127);
    sum += to[i];
  }
  r->steps[row] = most - most == 0 ? step : __builtin_nanf("");
  r->sums[row] = sum;
}

// Dozens of rows from `first` to before `last`, with scratch of 4 * inner bytes; what is missing in
// the last four becomes zeros.
EXPORT void KERNEL(int8_round)(const struct int8_rows *r, int64_t first, int64_t last,
                               char *scratch) {
  int64_t end = last * ROUNDED_TOGETHER;
  for (int64_t four = first * ROUNDED_TOGETHER; four < end && four < r->rows; four += 4) {
    int8_t *to = (int8_t *)(r->rows > FEW_ROWS ? scratch : (char *)r->codes + four * r->inner);
    for (int64_t row = four; row < four + 4; row++, to += r->inner) {
      if (row < r->rows) {
        int8_row(r, row, to);
      } else {
        memset(to, 0, r->inner);
      }
    }
    if (r->rows > FEW_ROWS) {
      mix((const int8_t *)scratch, r->inner, four, r->codes);
    }
  }
}
