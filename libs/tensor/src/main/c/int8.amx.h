// Rows that are rounded with one step each times weights of int8 with one scale a row, by tiles of
// AMX: sums are of integers from end to end, the same as those of int8.h.
#include "amx.h"

INLINE void int8_rows_of(int tall, const struct int8_product *p, const char *w, int64_t row,
                         int64_t column, struct part to) {
  vec sums[2 * COLUMNS] __attribute__((aligned(64)));
  int32_t products[2 * COLUMNS * TILE] __attribute__((aligned(64)));
  float steps[2 * TILE] = {0};
  memcpy(steps, p->steps + row, 4 * (to.rows < 2 * TILE ? to.rows : 2 * TILE));
  multiply(1, tall, p->inner / 64, 64, w, (const int8_t *)p->codes + row * p->inner,
           TILE * p->inner, products);
  for (int64_t i = 0; i < tall * COLUMNS; i++) {
    float scale = i % COLUMNS < to.width ? p->scales[column + i % COLUMNS] : 0;
    vec step = *(const vec *)(steps + i / COLUMNS * TILE) * scale;
    sums[i] = __builtin_convertvector(*(const ints *)(products + i * TILE), vec) * step;
  }
  put(to, tall, sums);
}

static void int8_many(const struct int8_product *p, int64_t first, int64_t last, char *scratch) {
  shape_tiles(64);
  for (int64_t column = first; column < last; column += COLUMNS) {
    for (int64_t i = 0; i < COLUMNS; i++) {
      int64_t of = column + i < last ? column + i : last - 1;
      spread(0, 64, (const uint8_t *)p->weights + of * p->inner, p->inner,
             (uint8_t *)scratch + i * 64);
    }
    written();
    for (int64_t row = 0; row < p->rows; row += 2 * TILE) {
      struct part to = part(p->out, p->row_step, p->rows, row, column, last);
      if (p->rows - row > TILE) {
        int8_rows_of(2, p, scratch, row, column, to);
      } else {
        int8_rows_of(1, p, scratch, row, column, to);
      }
    }
  }
  _tile_release();
}
