// Products of many rows of floats with weights of bf16, by tiles of AMX. A float is split into two
// numbers of bf16, and both are multiplied: what is left out is at most 2^-17 of it. Sums are of
// floats, of 32 places each and then of those; numbers below 2^-126 count as zero.
#define WIDTH 64
#define KIND amx
#include "amx.h"

enum { PLACES = 32, TILE_BYTES = 1024 };

// To bf16, the nearest and of two the even one, in the upper halves.
INLINE words rounded(words x) {
  ints none = (x & 0x7fffffffu) > 0x7f800000u;
  words near = x + 0x7fffu + (x >> 16 & 1);
  return (((words)none & (x | 0x400000u)) | (~(words)none & near)) & 0xffff0000u;
}

// The halves of 16 numbers; what is not finite has no second one.
INLINE void halved(const float *x, halves *first, halves *second) {
  words high = rounded(*(const words *)x);
  ints finite = (high & 0x7fffffffu) < 0x7f800000u;
  vec rest = *(const vec *)x - (vec)high;
  words low = rounded((words)rest & (words)finite);
  *first = __builtin_convertvector(high >> 16, halves);
  *second = __builtin_convertvector(low >> 16, halves);
}

static void split_tile(const struct bf16_rows *r, int64_t row, int64_t k, words *to) {
  words parts[2][TILE] __attribute__((aligned(64))) = {0};
  for (int64_t i = 0; i < TILE && row + i < r->rows; i++) {
    const float *x = r->x + (row + i) * r->inner + k;
    halves *high = (halves *)(parts[0] + i), *low = (halves *)(parts[1] + i);
    halved(x, high, low);
    halved(x + LANES, high + 1, low + 1);
  }
  for (int i = 0; i < 2; i++) {
    transpose(parts[i]);
    memcpy(to + i * TILE, parts[i], TILE_BYTES);
  }
}

// Rows 16 * first to before 16 * last.
EXPORT void bessemer_bf16_round_amx(const struct bf16_rows *r, int64_t first, int64_t last) {
  for (int64_t row = first * TILE; row < last * TILE; row += TILE) {
    for (int64_t k = 0; k < r->inner; k += PLACES) {
      split_tile(r, row, k, (words *)(r->halves + 2 * (row * r->inner + TILE * k)));
    }
  }
}

INLINE void rows_of(int tall, const struct bf16_product *p, const char *w, int64_t row,
                    struct part to) {
  vec sums[2 * COLUMNS] __attribute__((aligned(64)));
  const char *x = (const char *)(p->halves + 2 * row * p->inner);
  int64_t apart = 2 * TILE_BYTES * (p->inner / PLACES);
  zero_tiles();
  for (int64_t k = 0; k < p->inner; k += PLACES, w += 2 * TILE_BYTES) {
    _tile_loadd(4, w, 64);
    _tile_loadd(5, w + TILE_BYTES, 64);
    for (int i = 0; i < 2; i++, x += TILE_BYTES) {
      _tile_loadd(6, x, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 5, 6);
      if (tall == 2) {
        _tile_loadd(7, x + apart, 64);
        _tile_dpbf16ps(2, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  store_tiles(tall, sums);
  put(to, tall, sums);
}

// Bytes of scratch that one call of bessemer_bf16_amx uses.
EXPORT int64_t bessemer_bf16_scratch_amx(const struct bf16_product *p) {
  return 2 * COLUMNS * p->inner;
}

// Columns `first` to before `last`.
EXPORT void bessemer_bf16_amx(const struct bf16_product *p, int64_t first, int64_t last,
                              char *scratch) {
  shape_tiles(64);
  for (int64_t column = first; column < last; column += COLUMNS) {
    for (int64_t i = 0; i < COLUMNS; i++) {
      int64_t of = column + i < last ? column + i : last - 1;
      spread(0, 64, (const uint8_t *)(p->weights + of * p->step), 2 * p->inner,
             (uint8_t *)scratch + i * 64);
    }
    written();
    for (int64_t row = 0; row < p->rows; row += 2 * TILE) {
      struct part to = part(p->out, p->row_step, p->rows, row, column, last);
      if (p->rows - row > TILE) {
        rows_of(2, p, scratch, row, to);
      } else {
        rows_of(1, p, scratch, row, to);
      }
    }
  }
  _tile_release();
}
