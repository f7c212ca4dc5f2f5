// Products of many rounded rows by tiles of AMX. Codes of 32 columns are unpacked whole, in the
// order in which tiles read them, and multiplied with all rows, 32 at a time. Sums of a group are of
// integers; its scales, biases and steps are applied before the next is added.
#include "amx.h"

// The columns of one block.
struct block {
  uint8_t *codes;         // [inner / depth, 32, depth]
  uint8_t *bytes;         // [inner] of one column on the way there
  float *scales, *biases; // [groups, 32]
};

// Inner places of a tile.
INLINE int64_t depth_of(int64_t group) { return group < 64 ? group : 64; }

INLINE struct block block_at(const struct product *p, char *scratch) {
  int64_t groups = p->inner / p->group;
  struct block b = {.codes = (uint8_t *)scratch};
  b.scales = (float *)(b.codes + COLUMNS * p->inner);
  b.biases = b.scales + COLUMNS * groups;
  b.bytes = (uint8_t *)(b.biases + COLUMNS * groups);
  return b;
}

static int64_t many_rows_scratch(const struct product *p) {
  return (COLUMNS + 1) * p->inner + 8 * COLUMNS * (p->inner / p->group);
}

static void fill_column(const struct product *p, const struct block *to, int64_t column, int i) {
  int64_t groups = p->inner / p->group, depth = depth_of(p->group);
  const uint8_t *codes = p->words + column * p->inner * p->bits / 8;
  uint8_t *at = to->codes + i * depth;
  for (int64_t g = 0; g < groups; g++) {
    to->scales[g * COLUMNS + i] = float_at(p->type, p->scales, column * groups + g);
    to->biases[g * COLUMNS + i] = float_at(p->type, p->biases, column * groups + g);
  }
  if (p->bits != 4 && p->bits != 8) {
    unpack_stream(p->bits, codes, p->inner, to->bytes);
    codes = to->bytes;
  }
  if (p->bits == 4 && depth == 64) {
    spread(1, 64, codes, p->inner, at);
  } else if (p->bits == 4) {
    spread(1, 32, codes, p->inner, at);
  } else if (depth == 64) {
    spread(0, 64, codes, p->inner, at);
  } else {
    spread(0, 32, codes, p->inner, at);
  }
}

// Adds the products of group `g` to sums.
INLINE void add_group(int tall, const struct product *p, const struct block *b, int64_t row,
                      int64_t g, const int32_t *products, vec *sums) {
  int64_t groups = p->inner / p->group;
  vec steps[2], xs[2];
  for (int64_t t = 0; t < tall; t++) {
    steps[t] = *((const vec *)(p->steps + (row + t * TILE) * groups) + g);
    xs[t] = *((const vec *)(p->sums + (row + t * TILE) * groups) + g);
  }
  for (int64_t c = 0; c < COLUMNS; c++) {
    vec scale = every(b->scales[g * COLUMNS + c]), bias = every(b->biases[g * COLUMNS + c]);
    for (int64_t t = 0; t < tall; t++) {
      vec *at = sums + t * COLUMNS + c;
      ints product = *(const ints *)(products + (t * COLUMNS + c) * TILE);
      vec sum = bias * xs[t] + *at;
      *at = __builtin_convertvector(product, vec) * (scale * steps[t]) + sum;
    }
  }
}

// Tiles multiply one group while vectors add the one before.
INLINE void rows_of(int tall, const struct product *p, const struct block *b, int64_t row,
                    struct part to) {
  vec sums[2 * COLUMNS] __attribute__((aligned(64))) = {0};
  int32_t products[2][2 * COLUMNS * TILE] __attribute__((aligned(64)));
  int64_t groups = p->inner / p->group, depth = depth_of(p->group);
  const int8_t *x = p->codes + row * p->inner;
  for (int64_t g = 0; g < groups; g++) {
    multiply(0, tall, p->group / depth, depth, b->codes + g * p->group * COLUMNS,
             x + g * p->group * TILE, TILE * p->inner, products[g % 2]);
    if (g > 0) {
      add_group(tall, p, b, row, g - 1, products[(g - 1) % 2], sums);
    }
  }
  add_group(tall, p, b, row, groups - 1, products[(groups - 1) % 2], sums);
  put(to, tall, sums);
}

static void many_rows(const struct product *p, int64_t first, int64_t last, char *scratch) {
  struct block b = block_at(p, scratch);
  shape_tiles(depth_of(p->group));
  for (int64_t column = first; column < last; column += COLUMNS) {
    for (int i = 0; i < COLUMNS; i++) {
      fill_column(p, &b, column + i < last ? column + i : last - 1, i);
    }
    written();
    for (int64_t row = 0; row < p->rows; row += 2 * TILE) {
      struct part to = part(p->out, p->row_step, p->rows, row, column, last);
      if (p->rows - row > TILE) {
        rows_of(2, p, &b, row, to);
      } else {
        rows_of(1, p, &b, row, to);
      }
    }
  }
  _tile_release();
}
