// Products of one to eight rounded rows: each column of weights is read and unpacked once for all.
#include "dots.h"

#define AHEAD 1024 // bytes

// How the codes of a column lie: nibbles as stored; bytes, unpacked or as stored.
enum kind { NIBBLES, BYTES };

// Rows as a block of a column meets them.
struct left {
  const int8_t *codes;
  int64_t inner;
  const float *factors;
  int64_t step;
  int shift;    // a group has 2 to the power of it lanes
  uint8_t flip; // bits of codes that are bytes
};

// The codes of WIDTH bytes, or of as many as are left, times each row, added to the sums.
INLINE void block_of_rows(vec *sums, int rows, enum kind kind, struct left x, bytes w,
                          int64_t block, int64_t left) {
  bytes low = w & 15, high = w >> 4;
  const int8_t *at = x.codes + block * WIDTH * (kind == NIBBLES ? 2 : 1);
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++, at += x.inner) {
    ints products = {0};
    if (kind != NIBBLES) {
      products = dotted(products, w ^ x.flip, bytes_at(at));
    } else if (left == WIDTH) {
      products = dotted(products, low, bytes_at(at));
      products = dotted(products, high, bytes_at(at + WIDTH));
    } else {
      products = dotted(products, low, bytes_to(at, left));
      products = dotted(products, high, bytes_to(at + left, left));
    }
    sums[r] += floats(products) * of_groups(x.factors + r * x.step, block * LANES, x.shift);
  }
}

// The sums of one column: two of each row, for blocks that do not wait for each other.
INLINE void sums_of_column(vec *sums, int rows, enum kind kind, struct left x, const uint8_t *w,
                           int64_t bytes) {
  vec others[FEW_ROWS];
  for (int r = 0; r < rows; r++) {
    sums[r] = others[r] = (vec){0};
  }
  int64_t blocks = bytes / WIDTH, i = 0;
  for (; i + 2 <= blocks; i += 2) {
    const uint8_t *at = w + i * WIDTH;
    __builtin_prefetch(at + AHEAD);
    if (WIDTH == 64) {
      __builtin_prefetch(at + AHEAD + 64);
    }
    block_of_rows(sums, rows, kind, x, bytes_at(at), i, WIDTH);
    block_of_rows(others, rows, kind, x, bytes_at(at + WIDTH), i + 1, WIDTH);
  }
  if (i < blocks) {
    block_of_rows(sums, rows, kind, x, bytes_at(w + i * WIDTH), i, WIDTH);
  }
  if (kind == NIBBLES && bytes % WIDTH) {
    int64_t left = bytes % WIDTH;
    block_of_rows(others, rows, kind, x, bytes_to(w + blocks * WIDTH, left), blocks, left);
  }
  for (int r = 0; r < rows; r++) {
    sums[r] += others[r];
  }
}

// Scales times steps of each row to `factors`, and the sums of biases times sums.
INLINE void factors_of(octet *sums, int rows, const struct product *p, int64_t column,
                       float *factors) {
  int64_t groups = p->inner / p->group, step = padded_groups(p->inner, p->group);
  const char *scales = (const char *)p->scales + column * groups * type_bytes(p->type);
  const char *biases = (const char *)p->biases + column * groups * type_bytes(p->type);
  for (int r = 0; r < rows; r++) {
    sums[r] = (octet){0};
  }
  for (int64_t g = 0; g < groups; g += 8) {
    octet s = (octet)some(scales, p->type, g, groups), b = (octet)some(biases, p->type, g, groups);
    if (p->bits == 8) {
      b += s * LESS;
    }
    for (int r = 0; r < rows; r++) {
      int64_t at = r * step + g;
      *(octet *)(factors + at) = s * *(const octet *)(p->steps + at);
      sums[r] += b * *(const octet *)(p->sums + at);
    }
  }
}

INLINE void columns_of(int rows, enum kind kind, int shift, const struct product *p, int64_t first,
                       int64_t last, char *scratch) {
  int64_t step = padded_groups(p->inner, p->group), size = p->inner * p->bits / 8;
  float *factors = (float *)scratch;
  uint8_t *unpacked = (uint8_t *)(factors + rows * step);
  struct left x = {p->codes, p->inner, factors, step, shift, p->bits == 8 ? LESS : 0};
  for (int64_t column = first; column < last; column++) {
    const uint8_t *w = p->words + column * size;
    vec sums[FEW_ROWS];
    octet biases[FEW_ROWS];
    factors_of(biases, rows, p, column, factors);
    if (kind == BYTES && p->bits != 8) {
      unpack_stream(p->bits, w, p->inner, unpacked);
      w = unpacked;
    }
    sums_of_column(sums, rows, kind, x, w, kind == NIBBLES ? p->inner / 2 : p->inner);
    for (int r = 0; r < rows; r++) {
      p->out[r * p->row_step + column] = lanes_sum(sums[r]) + octet_sum(biases[r]);
    }
  }
}

// Sizes of groups that mean other instructions get code of their own.
INLINE void of_kind(int rows, enum kind kind, const struct product *p, int64_t first, int64_t last,
                    char *scratch) {
  int shift = __builtin_ctz(p->group / (kind == NIBBLES ? 8 : 4));
  if (WIDTH == 64 && shift == 2) {
    columns_of(rows, kind, 2, p, first, last, scratch);
  } else if (WIDTH == 64 && shift == 3) {
    columns_of(rows, kind, 3, p, first, last, scratch);
  } else {
    columns_of(rows, kind, shift, p, first, last, scratch);
  }
}

// Functions of their own: in a single one the compiler takes minutes.
#define OF_ROWS(rows)                                                                         \
  static void nibbles_##rows(const struct product *p, int64_t first, int64_t last, char *s) { \
    of_kind(rows, NIBBLES, p, first, last, s);                                                \
  }                                                                                           \
  static void bytes_##rows(const struct product *p, int64_t first, int64_t last, char *s) {   \
    of_kind(rows, BYTES, p, first, last, s);                                                  \
  }

OF_ROWS(1)
OF_ROWS(2)
OF_ROWS(3)
OF_ROWS(4)
OF_ROWS(5)
OF_ROWS(6)
OF_ROWS(7)
OF_ROWS(8)

// Columns `first` to before `last` of 1 to FEW_ROWS rows.
static void few_rows(const struct product *p, int64_t first, int64_t last, char *scratch) {
  static void (*const nibbles[])(const struct product *, int64_t, int64_t, char *) = {
      nibbles_1, nibbles_2, nibbles_3, nibbles_4, nibbles_5, nibbles_6, nibbles_7, nibbles_8};
  static void (*const others[])(const struct product *, int64_t, int64_t, char *) = {
      bytes_1, bytes_2, bytes_3, bytes_4, bytes_5, bytes_6, bytes_7, bytes_8};
  (p->bits == 4 ? nibbles : others)[p->rows - 1](p, first, last, scratch);
}

static int64_t few_rows_scratch(const struct product *p) {
  return 4 * p->rows * padded_groups(p->inner, p->group) + p->inner;
}
