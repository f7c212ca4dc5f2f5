// Products of many rounded rows. Panels of a few vectors of columns are unpacked in the order in
// which tiles of 4 or 8 rows read them. A panel stays in the first cache for a block of rows; the
// block, and the panels of a group, stay in the second.
#include "dots.h"

enum {
  VECTORS = WIDTH == 64 ? 2 : 4,
  COLUMNS = VECTORS * LANES,
  MOST_FOURS = WIDTH == 64 ? 2 : 1, // times 4 rows of a tile
  DEPTH = 16384 / COLUMNS,
  PANELS = 4,
  ROW_BLOCK = 128,
  SCALES = COLUMNS * DEPTH / 32,
  PANEL_BYTES = COLUMNS * DEPTH + 2 * 4 * SCALES
};

// Inner places `k` to before `k + depth` of a panel's columns, and what tiles read of them.
struct panel {
  uint8_t *codes; // [DEPTH / 4, COLUMNS, 4]
  uint8_t *bytes; // [COLUMNS, DEPTH] on the way there
  float *scales;  // [DEPTH / group, COLUMNS]
  float *biases;
  int64_t column, k, depth;
  int width; // columns that are there
};

static int64_t many_rows_scratch(void) { return COLUMNS * DEPTH + PANELS * PANEL_BYTES; }

static struct panel panel_at(char *scratch, int index) {
  char *at = scratch + COLUMNS * DEPTH + index * PANEL_BYTES;
  struct panel p = {.codes = (uint8_t *)at, .bytes = (uint8_t *)scratch};
  p.scales = (float *)(at + COLUMNS * DEPTH);
  p.biases = p.scales + SCALES;
  return p;
}

// Columns of so many bytes, four bytes of each beside each other; of nibbles 4 even and 4 odd
// elements. Codes that are whole bytes become what instructions want.
INLINE void fill_codes(const uint8_t *const *columns, int64_t count, int bits, uint8_t *to) {
  for (int64_t i = 0; i < count; i += WIDTH) {
    int64_t size = count - i < WIDTH ? count - i : WIDTH;
    words v[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      const uint8_t *from = columns[lane] + i;
      v[lane] = (words)(size == WIDTH ? bytes_at(from) : bytes_to(from, size));
    }
    transpose(v);
    for (int j = 0; j < size / 4; j++) {
      bytes w = (bytes)v[j];
      if (bits == 4) {
        *(bytes *)to = w & 15;
        to += 4 * COLUMNS;
        w = w >> 4;
      } else if (bits == 8) {
        w ^= LESS;
      }
      *(bytes *)to = w;
      to += 4 * COLUMNS;
    }
  }
}

// Scales and biases of the groups of one column, the `i`th of the panel.
static void fill_scales(const struct product *p, const struct panel *to, int64_t column, int i) {
  int64_t groups = p->inner / p->group, count = to->depth / p->group, size = type_bytes(p->type);
  int64_t first = (column * groups + to->k / p->group) * size;
  for (int64_t g = 0; g < count; g += 8) {
    octet s = (octet)some((const char *)p->scales + first, p->type, g, count);
    octet b = (octet)some((const char *)p->biases + first, p->type, g, count);
    if (p->bits == 8) {
      b += s * LESS;
    }
    for (int64_t j = g; j < g + 8 && j < count; j++) {
      to->scales[j * COLUMNS + i] = s[j - g];
      to->biases[j * COLUMNS + i] = b[j - g];
    }
  }
}

static void fill(const struct product *p, const struct panel *to) {
  const uint8_t *columns[COLUMNS];
  int64_t row = p->inner * p->bits / 8, from = to->k * p->bits / 8, chunk = to->depth * p->bits / 8;
  for (int i = 0; i < COLUMNS; i++) {
    int64_t column = to->column + (i < to->width ? i : to->width - 1);
    columns[i] = p->words + column * row + from;
    for (int64_t line = 0; line < chunk; line += 64) { // of the next panel
      __builtin_prefetch(columns[i] + COLUMNS * row + line, 0, 2);
    }
    fill_scales(p, to, column, i);
    if (p->bits != 4 && p->bits != 8) {
      unpack_stream(p->bits, columns[i], to->depth, to->bytes + i * DEPTH);
      columns[i] = to->bytes + i * DEPTH;
    }
  }
  for (int i = 0; i < COLUMNS; i += LANES) {
    uint8_t *codes = to->codes + 4 * i;
    switch (p->bits) {
      case 4: fill_codes(columns + i, to->depth / 2, 4, codes); break;
      case 8: fill_codes(columns + i, to->depth, 8, codes); break;
      default: fill_codes(columns + i, to->depth, 0, codes);
    }
  }
}

// 4 inner places of a panel times those of 4 or 8 rows.
INLINE void place(ints (*sums)[VECTORS], int fours, const uint8_t *codes, const int8_t *x,
                  int64_t inner) {
  bytes w[VECTORS];
  for (int v = 0; v < VECTORS; v++) {
    w[v] = bytes_at(codes + v * WIDTH);
  }
#pragma GCC unroll 8
  for (int r = 0; r < 4 * fours; r++) {
    int32_t four;
    memcpy(&four, x + r / 4 * 4 * inner + r % 4 * 4, 4);
    bytes b = (bytes)(four - (ints){0});
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
      sums[r][v] = dotted(sums[r][v], w[v], b);
    }
  }
}

// 4 or 8 rows times the panel, added to `sums` of [rows, COLUMNS].
INLINE void tile(int fours, const struct product *p, const struct panel *w, int64_t row,
                 float *sums) {
  int64_t step = padded_groups(p->inner, p->group), places = p->group / 4;
  const int8_t *x = p->codes + row * p->inner + 4 * w->k;
  const float *d = p->steps + row * step + w->k / p->group;
  const float *xs = p->sums + row * step + w->k / p->group;
  for (int64_t g = 0; g < w->depth / p->group; g++) {
    ints products[4 * MOST_FOURS][VECTORS];
    memset(products, 0, sizeof products);
    for (int64_t j = g * places; j < (g + 1) * places; j++) {
      place(products, fours, w->codes + j * 4 * COLUMNS, x + 16 * j, p->inner);
    }
    for (int v = 0; v < VECTORS; v++) {
      vec scale = *(const vec *)(w->scales + g * COLUMNS + v * LANES);
      vec bias = *(const vec *)(w->biases + g * COLUMNS + v * LANES);
      for (int r = 0; r < 4 * fours; r++) {
        vec *at = (vec *)(sums + r * COLUMNS + v * LANES);
        vec sum = bias * xs[r * step + g] + *at;
        *at = floats(products[r][v]) * (scale * d[r * step + g]) + sum;
      }
    }
  }
}

static void block_of(const struct product *p, const struct panel *at, int64_t first, int64_t last) {
  for (int64_t row = first; row < last; row += 4 * MOST_FOURS) {
    float sums[4 * MOST_FOURS * COLUMNS] __attribute__((aligned(64))) = {0};
    int height = last - row < 4 * MOST_FOURS ? last - row : 4 * MOST_FOURS;
    float *out = p->out + row * p->row_step + at->column;
    for (int r = 0; at->k > 0 && r < height; r++) {
      memcpy(sums + r * COLUMNS, out + r * p->row_step, 4 * at->width);
    }
    if (height > 4) {
      tile(MOST_FOURS, p, at, row, sums);
    } else {
      tile(1, p, at, row, sums);
    }
    for (int r = 0; r < height; r++) {
      memcpy(out + r * p->row_step, sums + r * COLUMNS, 4 * at->width);
    }
  }
}

// At most PANELS * COLUMNS columns.
static void group_of(const struct product *p, int64_t first, int64_t last, char *scratch) {
  struct panel panels[PANELS];
  int count = (last - first + COLUMNS - 1) / COLUMNS;
  for (int64_t k = 0; k < p->inner; k += DEPTH) {
    for (int i = 0; i < count; i++) {
      struct panel *at = panels + i;
      *at = panel_at(scratch, i);
      at->column = first + i * COLUMNS;
      at->width = last - at->column < COLUMNS ? last - at->column : COLUMNS;
      at->k = k;
      at->depth = p->inner - k < DEPTH ? p->inner - k : DEPTH;
      fill(p, at);
    }
    for (int64_t row = 0; row < p->rows; row += ROW_BLOCK) {
      for (int i = 0; i < count; i++) {
        block_of(p, panels + i, row, p->rows - row < ROW_BLOCK ? p->rows : row + ROW_BLOCK);
      }
    }
  }
}

static void many_rows(const struct product *p, int64_t first, int64_t last, char *scratch) {
  for (int64_t column = first; column < last; column += PANELS * COLUMNS) {
    int64_t end = column + PANELS * COLUMNS;
    group_of(p, column, end < last ? end : last, scratch);
  }
}
