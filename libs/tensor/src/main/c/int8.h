// Rows that are rounded with one step each times weights of int8 with one scale a row, where
// instructions multiply int8 and sum four at a time. Sums are of integers from end to end, so that
// all kernels give the same bits. Codes lie as those of rounding.h do for 8 bits, and tiles are those
// of blocks.h.
#include "int8_rounding.h"

enum {
  MORE = WIDTH == 64 ? 128 : 0, // added to weights where instructions want unsigned ones
  AT_ONCE = 4,
  GROUP_BYTES = 1 << 17
};

INLINE int32_t lanes_total(ints v) {
  int32_t part[LANES], total = 0;
  memcpy(part, &v, sizeof v);
  for (int i = 0; i < LANES; i++) {
    total += part[i];
  }
  return total;
}

// Two columns times up to AT_ONCE rows: memory is read faster in two streams than in one.
INLINE void int8_columns(int rows, const struct int8_product *p, int64_t row, int64_t c,
                         int64_t d) {
  const int8_t *w = p->weights + c * p->inner, *v = p->weights + d * p->inner;
  const int8_t *x = (const int8_t *)p->codes + row * p->inner;
  ints s[AT_ONCE], t[AT_ONCE];
  for (int r = 0; r < rows; r++) {
    s[r] = t[r] = (ints){0};
  }
  for (int64_t i = 0; i < p->inner; i += WIDTH) {
    __builtin_prefetch(w + i + 1024);
    __builtin_prefetch(v + i + 1024);
    bytes a = bytes_at(w + i) ^ MORE, b = bytes_at(v + i) ^ MORE;
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      bytes at = bytes_at(x + r * p->inner + i);
      s[r] = dotted(s[r], a, at);
      t[r] = dotted(t[r], b, at);
    }
  }
  for (int r = 0; r < rows; r++) {
    float *out = p->out + (row + r) * p->row_step, step = p->steps[row + r];
    int32_t less = MORE * p->sums[row + r];
    out[c] = (lanes_total(s[r]) - less) * (step * p->scales[c]);
    out[d] = (lanes_total(t[r]) - less) * (step * p->scales[d]);
  }
}

static void int8_few_columns(const struct int8_product *p, int64_t c, int64_t d) {
  for (int64_t row = 0; row < p->rows; row += AT_ONCE) {
    switch (p->rows - row) {
      case 1: int8_columns(1, p, row, c, d); break;
      case 2: int8_columns(2, p, row, c, d); break;
      case 3: int8_columns(3, p, row, c, d); break;
      default: int8_columns(4, p, row, c, d);
    }
  }
}

static void int8_few(const struct int8_product *p, int64_t first, int64_t last) {
  int64_t half = (last - first) / 2;
  for (int64_t column = first; column < first + half; column++) {
    int8_few_columns(p, column, column + half);
  }
  if (first + 2 * half < last) {
    int8_few_columns(p, last - 1, last - 1);
  }
}

// A panel of COLUMNS columns, of which the last may be missing: [inner / 4, COLUMNS, 4].
static void int8_fill(const struct int8_product *p, int64_t column, int width, uint8_t *panel) {
  for (int i = 0; i < COLUMNS; i += LANES) {
    for (int64_t k = 0; k < p->inner; k += WIDTH) {
      words v[LANES];
      for (int lane = 0; lane < LANES; lane++) {
        int of = i + lane < width ? i + lane : width - 1;
        const int8_t *from = p->weights + (column + of) * p->inner + k;
        __builtin_prefetch(from + COLUMNS * p->inner, 0, 2); // of the next panel
        v[lane] = (words)bytes_at(from);
      }
      transpose(v);
      for (int j = 0; j < LANES; j++) {
        *(bytes *)(panel + (k / 4 + j) * 4 * COLUMNS + 4 * i) = (bytes)v[j] ^ MORE;
      }
    }
  }
}

// 4 or 8 rows times a panel.
INLINE void int8_tile(int fours, const struct int8_product *p, const uint8_t *w, int64_t row,
                      int64_t column, int width) {
  ints s[4 * MOST_FOURS][VECTORS];
  memset(s, 0, sizeof s);
  const int8_t *x = (const int8_t *)p->codes + row * p->inner;
  for (int64_t k = 0; k < p->inner; k += 4) {
    place(s, fours, w + k * COLUMNS, x + 4 * k, p->inner);
  }
  float scales[COLUMNS] = {0}, products[COLUMNS];
  memcpy(scales, p->scales + column, 4 * width);
  for (int r = 0; r < 4 * fours && row + r < p->rows; r++) {
    for (int v = 0; v < VECTORS; v++) {
      vec scale = p->steps[row + r] * *(const vec *)(scales + v * LANES);
      *(vec *)(products + v * LANES) = floats(s[r][v] - MORE * p->sums[row + r]) * scale;
    }
    memcpy(p->out + (row + r) * p->row_step + column, products, 4 * width);
  }
}

INLINE int64_t int8_panels(const struct int8_product *p) {
  int64_t panels = GROUP_BYTES / (COLUMNS * p->inner);
  return panels < 1 ? 1 : panels;
}

// Panels of a group stay in the second cache, as do some rows, while they are multiplied.
static void int8_many(const struct int8_product *p, int64_t first, int64_t last, uint8_t *panels) {
  int64_t size = COLUMNS * p->inner, group = COLUMNS * int8_panels(p);
  for (int64_t from = first; from < last; from += group) {
    int64_t to = from + group < last ? from + group : last;
    for (int64_t c = from; c < to; c += COLUMNS) {
      int8_fill(p, c, to - c < COLUMNS ? to - c : COLUMNS, panels + (c - from) / COLUMNS * size);
    }
    for (int64_t row = 0; row < p->rows; row += 4 * MOST_FOURS) {
      for (int64_t c = from; c < to; c += COLUMNS) {
        const uint8_t *w = panels + (c - from) / COLUMNS * size;
        int width = to - c < COLUMNS ? to - c : COLUMNS;
        if (p->rows - row > 4) {
          int8_tile(MOST_FOURS, p, w, row, c, width);
        } else {
          int8_tile(1, p, w, row, c, width);
        }
      }
    }
  }
}

// Bytes of scratch that one call of bessemer_int8 uses.
EXPORT int64_t KERNEL(int8_scratch)(const struct int8_product *p) {
  return p->rows > FEW_ROWS ? int8_panels(p) * COLUMNS * p->inner : 0;
}

// Columns `first` to before `last`.
EXPORT void KERNEL(int8)(const struct int8_product *p, int64_t first, int64_t last,
                         char *scratch) {
  if (p->rows > FEW_ROWS) {
    int8_many(p, first, last, (uint8_t *)scratch);
  } else {
    int8_few(p, first, last);
  }
}
