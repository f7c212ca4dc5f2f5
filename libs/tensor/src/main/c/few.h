// Products of a few rows of floats with columns of weights that lie one after the other: what
// decoding spends its time in. Each weight comes from memory once for all rows. The sums of an
// element do not depend on what rows and columns it is computed with.
#include "vectors.h"

#define DEPTH 256  // inner places whose rows stay in the first cache
#define GROUP 48   // columns whose sums stay there
#define MOST_ROWS 16
#define STREAMS 4
#define AHEAD 768 // bytes

// Inner places that one step multiplies: of bf16 two vectors come out of one load.
INLINE int64_t places(int64_t type) { return type == BF16 ? 2 * LANES : LANES; }

// Rows in the order of the loops: in blocks of DEPTH places row after row; for bf16 the even before
// the odd places of each step.
EXPORT void KERNEL(lay_rows)(int64_t type, const float *x, int64_t rows, int64_t inner, float *to) {
  for (int64_t k = 0; k < inner; k += DEPTH) {
    int64_t depth = inner - k < DEPTH ? inner - k : DEPTH;
    for (int64_t row = 0; row < rows; row++, to += depth) {
      const float *from = x + row * inner + k;
      int64_t i = 0;
      for (; type == BF16 && i + 2 * LANES <= depth; i += 2 * LANES) {
        for (int lane = 0; lane < LANES; lane++) {
          to[i + lane] = from[i + 2 * lane];
          to[i + LANES + lane] = from[i + 2 * lane + 1];
        }
      }
      memcpy(to + i, from + i, (depth - i) * 4);
    }
  }
}

INLINE vec weights_at(int64_t type, int odd, const char *w, int64_t k) {
  if (type != BF16) {
    return floats_at(type, w, k);
  }
  words both = *(const words *)((const uint16_t *)w + k);
  if (odd) {
    both &= 0xffff0000u;
  } else {
    both <<= 16;
  }
  return (vec)both;
}

// Adds to the sums of some rows and columns, `count` inner places of `depth` in a row. What lies
// `ahead` bytes behind is fetched meanwhile.
INLINE void dots(int64_t type, int rows, int columns, const float *x, int64_t depth, const char *w,
                 int64_t step, int64_t ahead, int64_t count, vec *sums) {
  vec s[4][STREAMS];
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      s[r][c] = sums[r * GROUP + c];
    }
  }
  for (int64_t k = 0; k < count; k += places(type)) {
    for (int c = 0; c < columns; c++) {
      __builtin_prefetch(w + c * step + k * bytes_of(type) + ahead);
    }
    for (int odd = 0; odd < (type == BF16 ? 2 : 1); odd++) {
      vec b[STREAMS];
      for (int c = 0; c < columns; c++) {
        b[c] = weights_at(type, odd, w + c * step, k);
      }
      for (int r = 0; r < rows; r++) {
        vec a = *(const vec *)(x + r * depth + k + odd * LANES);
        for (int c = 0; c < columns; c++) {
          s[r][c] += a * b[c];
        }
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      sums[r * GROUP + c] = s[r][c];
    }
  }
}

INLINE void all_rows(int64_t type, int columns, const float *x, int64_t rows, int64_t depth,
                     const char *w, int64_t step, int64_t count, vec *sums) {
  int64_t parts = (rows + 3) / 4, next = columns * step;
  for (int64_t part = 0; part < parts; part++) {
    int64_t row = rows * part / parts;
    const float *from = x + row * depth;
    vec *to = sums + row * GROUP;
    switch (rows * (part + 1) / parts - row) {
      case 4: dots(type, 4, columns, from, depth, w, step, next, count, to); break;
      case 3: dots(type, 3, columns, from, depth, w, step, next, count, to); break;
      case 2: dots(type, 2, columns, from, depth, w, step, next, count, to); break;
      default: dots(type, 1, columns, from, depth, w, step, next, count, to);
    }
  }
}

// The sums of up to GROUP columns over one block of places.
INLINE void all_columns(int64_t type, const float *x, int64_t rows, int64_t depth, const char *w,
                        int64_t step, int64_t columns, int64_t count, vec *sums) {
  int64_t c = 0;
  for (; c + 3 <= columns; c += 3) {
    all_rows(type, 3, x, rows, depth, w + c * step, step, count, sums + c);
  }
  for (; c < columns; c++) {
    all_rows(type, 1, x, rows, depth, w + c * step, step, count, sums + c);
  }
}

// A sum with the places from `count` to before `depth`, which fill no vector.
INLINE float whole(int64_t type, vec sums, const float *x, const char *w, int64_t count,
                   int64_t depth) {
  float sum = lanes_sum(sums);
  for (int64_t k = count; k < depth; k++) {
    sum += x[k] * float_at(type, w, k);
  }
  return sum;
}

// One row times some columns at a time that are `apart` bytes from each other.
INLINE void streams(int64_t type, int columns, const float *x, int64_t inner, const char *w,
                    int64_t apart, float *out, int64_t out_apart) {
  int64_t count = inner / places(type) * places(type);
  vec sums[STREAMS] = {0};
  dots(type, 1, columns, x, inner, w, apart, AHEAD, count, sums);
  for (int c = 0; c < columns; c++) {
    out[c * out_apart] = whole(type, sums[c], x, w + c * apart, count, inner);
  }
}

// Memory is read faster in four streams that are far apart than in one, or from eight neighbours.
INLINE void lone_row(int64_t type, const float *x, int64_t inner, const char *w, int64_t step,
                     float *out, int64_t columns) {
  int64_t part = columns / STREAMS;
  for (int64_t c = 0; c < part; c++) {
    streams(type, STREAMS, x, inner, w + c * step, part * step, out + c, part);
  }
  for (int64_t c = STREAMS * part; c < columns; c++) {
    streams(type, 1, x, inner, w + c * step, 0, out + c, 0);
  }
}

INLINE void group(int64_t type, const float *x, int64_t rows, int64_t inner, const char *w,
                  int64_t step, float *out, int64_t row_step, int64_t columns) {
  vec sums[MOST_ROWS * GROUP];
  memset(sums, 0, rows * GROUP * sizeof(vec));
  int64_t depth = 0, count = 0;
  for (int64_t k = 0; k < inner; k += depth) {
    depth = inner - k < DEPTH ? inner - k : DEPTH;
    count = depth / places(type) * places(type);
    all_columns(type, x + k * rows, rows, depth, w + k * bytes_of(type), step, columns, count,
                sums);
  }
  const float *rest = x + (inner - depth) * rows;
  const char *rest_of_w = w + (inner - depth) * bytes_of(type);
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      out[r * row_step + c] =
          whole(type, sums[r * GROUP + c], rest + r * depth, rest_of_w + c * step, count, depth);
    }
  }
}

INLINE void groups(int64_t type, const float *x, int64_t rows, int64_t inner, const char *w,
                   int64_t step, float *out, int64_t row_step, int64_t columns) {
  if (rows == 1) {
    lone_row(type, x, inner, w, step, out, columns);
    return;
  }
  for (int64_t c = 0; c < columns; c += GROUP) {
    int64_t count = columns - c < GROUP ? columns - c : GROUP;
    group(type, x, rows, inner, w + c * step, step, out + c, row_step, count);
  }
}

// Up to 16 rows laid for the type of the weights, times `columns` columns that are `step` bytes
// apart.
EXPORT void KERNEL(few_rows)(int64_t type, const float *x, int64_t rows, int64_t inner,
                             const char *w, int64_t step, float *out, int64_t row_step,
                             int64_t columns) {
  switch (type) {
    case F32: groups(F32, x, rows, inner, w, step, out, row_step, columns); break;
    case F16: groups(F16, x, rows, inner, w, step, out, row_step, columns); break;
    default: groups(BF16, x, rows, inner, w, step, out, row_step, columns);
  }
}
