// Tiles of AMX: 16 lines of 64 bytes. Columns of weights are the lines of the left side, as they
// lie in memory; rows of activations are the right side, where 4 bytes of each of 16 rows lie beside
// each other. So weights are copied but never transposed, and sums come out as [columns][rows].
#ifndef BESSEMER_AMX_H
#define BESSEMER_AMX_H

#include "vectors.h"

enum {
  TILE = 16,          // rows, and columns, of one tile
  COLUMNS = 2 * TILE  // that are multiplied together
};

// What `ldtilecfg` reads.
struct shapes {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t lines[16];
};

// What has been written lies in memory: loads of tiles do not tell the compiler that they read it.
INLINE void written(void) { __asm__ volatile("" : : : "memory"); }

// Tiles 0 to 3 for sums, 4 and 5 for so many bytes of columns, 6 and 7 for those of rows.
INLINE void shape_tiles(int64_t bytes) {
  struct shapes s __attribute__((aligned(64))) = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    s.bytes[i] = i == 4 || i == 5 ? bytes : 64;
    s.lines[i] = i < 6 ? TILE : bytes / 4;
  }
  __asm__ volatile("" : : "r"(&s) : "memory");
  _tile_loadconfig(&s);
}

INLINE void zero_tiles(void) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

// Sums of 32 columns and 16 or 32 rows: [rows / 16][columns][16].
INLINE void store_tiles(int tall, void *to) {
  _tile_stored(0, to, 64);
  _tile_stored(1, (char *)to + 1024, 64);
  if (tall == 2) {
    _tile_stored(2, (char *)to + 2048, 64);
    _tile_stored(3, (char *)to + 3072, 64);
  }
}

// Sums of codes over so many tiles: 32 columns, and 16 rows or 32, of which the second 16 are
// `apart` bytes behind the first.
INLINE void multiply(int is_signed, int tall, int64_t count, int64_t depth, const void *columns,
                     const void *rows, int64_t apart, int32_t *to) {
  const char *w = columns, *x = rows;
  zero_tiles();
  for (int64_t i = 0; i < count; i++, w += COLUMNS * depth, x += TILE * depth) {
    _tile_loadd(4, w, depth);
    _tile_loadd(5, w + TILE * depth, depth);
    _tile_loadd(6, x, 64);
    if (is_signed) {
      _tile_dpbssd(0, 4, 6);
      _tile_dpbssd(1, 5, 6);
    } else {
      _tile_dpbusd(0, 4, 6);
      _tile_dpbusd(1, 5, 6);
    }
    if (tall == 2) {
      _tile_loadd(7, x + apart, 64);
      if (is_signed) {
        _tile_dpbssd(2, 4, 7);
        _tile_dpbssd(3, 5, 7);
      } else {
        _tile_dpbusd(2, 4, 7);
        _tile_dpbusd(3, 5, 7);
      }
    }
  }
  store_tiles(tall, to);
}

typedef uint8_t codes16 __attribute__((vector_size(16), aligned(1), may_alias));

// One column to tiles of so many bytes, each with those of 31 others; nibbles become even, then odd
// elements.
INLINE void spread(int nibbles, int64_t depth, const uint8_t *from, int64_t inner, uint8_t *to) {
  for (int64_t k = 0; k < inner; k += depth, to += COLUMNS * depth) {
    if (nibbles) {
      for (int64_t i = 0; i < depth / 2; i += 16, from += 16) {
        *(codes16 *)(to + i) = *(const codes16 *)from & 15;
        *(codes16 *)(to + depth / 2 + i) = *(const codes16 *)from >> 4;
      }
    } else {
      memcpy(to, from, depth);
      from += depth;
    }
  }
}

// The part of a result that the columns of one block and some rows have.
struct part {
  float *out;
  int64_t row_step, rows;
  int width; // columns
};

INLINE struct part part(float *out, int64_t row_step, int64_t rows, int64_t row, int64_t column,
                        int64_t last) {
  struct part p = {out + row * row_step + column, row_step, rows - row, COLUMNS};
  p.width = last - column < COLUMNS ? last - column : COLUMNS;
  return p;
}

// Turns sums [rows / 16][32][16] around into the result.
static void put(struct part to, int tall, vec *sums) {
  for (int64_t tile = 0; tile < 2 * tall; tile++) {
    words *v = (words *)sums + tile * TILE;
    int64_t first = tile / 2 * TILE, width = to.width - tile % 2 * TILE;
    float *out = to.out + first * to.row_step + tile % 2 * TILE;
    transpose(v);
    for (int64_t r = 0; r < TILE && first + r < to.rows && width > 0; r++) {
      memcpy(out + r * to.row_step, v + r, 4 * (width < TILE ? width : TILE));
    }
  }
}

#endif
