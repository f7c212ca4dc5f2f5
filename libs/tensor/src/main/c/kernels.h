// What Java and the kernels agree on: see NativeProduct.java for the other side.
#ifndef BESSEMER_KERNELS_H
#define BESSEMER_KERNELS_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))

// Bits of bessemer_cpu().
enum { HAS_AVX2 = 1, HAS_AVX512_VNNI = 2, HAS_AMX = 4, HAS_NEON_DOT = 8, HAS_AVX512_BF16 = 16 };

// Types of scales and biases. CODES are keys and values only: rows of int8, and after each its scale,
// a float.
enum { F32 = 0, F16 = 1, BF16 = 2, CODES = 3 };

// Rows of activations, rounded to int8 group by group; codes lie as the kernels of the same
// instructions multiply them. There is room for a multiple of 16 rows, and for a multiple of 8 groups
// in each.
struct rounded {
  const float *x;   // [rows, inner]
  int8_t *codes;    // [rows, inner]
  float *steps;     // [rows, groups]: largest / 127
  float *sums;      // [rows, groups]: step * sum of codes
  int64_t rows, inner, bits, group;
};

// Rows times a matrix of MLX's layout: codes [columns, inner * bits / 8] in bytes, scales and biases
// [columns, inner / group].
struct product {
  const uint8_t *words;
  const void *scales, *biases;
  int64_t type, bits, group, inner;
  int64_t rows;
  const int8_t *codes;   // of rounded rows
  const float *steps;    // of rounded rows; of an exact product the planes of its rows
  const float *sums;
  float *out;            // [rows, row_step]
  int64_t row_step;
};

// Rows of activations, rounded to int8 with one step each; codes lie as the kernels of the same
// instructions multiply them: 16 bits each with AVX2, else 8. There is room for 16 bits of each, in
// a multiple of ROUNDED_TOGETHER rows.
struct int8_rows {
  const float *x; // [rows, inner]
  void *codes;
  float *steps;   // [rows]
  int32_t *sums;  // [rows]: of codes
  int64_t rows, inner;
  double step;    // of all rows; 0: of each row its largest / 127
};

enum { ROUNDED_TOGETHER = 12 };

// Such rows times rows of int8, `columns` of the product, with one scale each.
struct int8_product {
  const int8_t *weights; // [columns, inner]
  const float *scales;   // [columns]
  const void *codes;     // of rounded rows
  const float *steps;
  const int32_t *sums;
  int64_t rows, inner;
  float *out;            // [rows, row_step]
  int64_t row_step;
};

// Rows of activations as two numbers of bf16 each, of which the second is what the first leaves of
// a float; tiles of 16 rows and 32 inner places, filled up with zeros.
struct bf16_rows {
  const float *x;   // [rows, inner]
  uint16_t *halves; // [rows / 16, inner / 32, 2, 16, 16, 2]: parts, pairs of places, rows
  int64_t rows, inner;
};

// Such rows times rows of bf16, `columns` of the product, `step` elements apart.
struct bf16_product {
  const uint16_t *weights;
  int64_t step;
  const uint16_t *halves;
  int64_t rows, inner;
  float *out; // [rows, row_step]
  int64_t row_step;
};

// Rows of one head of keys and the range of keys of one task. Row r is query r / sharing of query
// head r % sharing. Distances in elements.
struct attention {
  const float *q;
  int64_t q_head, q_query;
  const char *k, *v; // [keys][width], places of a key beside each other
  int64_t k_step, v_step, type;
  float *out;
  int64_t out_head, out_query;
  int64_t sharing, width;
  double scale;
  int64_t bound, causal, window; // window: keys that a query sees, 0 for all
  int64_t keys;
  int64_t first, last;           // rows
  int64_t first_key, last_key;
  float *partial;                // [rows][width + 2] not yet divided, instead of out; or null
};

// Groups in a row of steps and sums, with padding.
INLINE int64_t padded_groups(int64_t inner, int64_t group) {
  return (inner / group + 7) & ~(int64_t)7;
}

#endif
