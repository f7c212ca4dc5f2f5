// Products of a few rows of floats with weights of 4 or 8 bits: the words of a vector's lanes hold
// 8 or 4 weights each, the same bits of all lanes make a plane.
#include "dots.h"

enum { MOST_ROWS = 4 };

// Planes of rows as the product reads them: the same place of each word beside each other, divided
// by what its bits are too large, if they are not shifted down. The last words may be fewer.
static void planes(const float *x, int64_t inner, int bits, float *to) {
  int places = 32 / bits;
  int64_t words = inner / places;
  for (int64_t i = 0; i < words; i += LANES) {
    int64_t lanes = words - i < LANES ? words - i : LANES;
    for (int p = 0; p < places; p++) {
      float factor = p == places - 1 ? 1 : 1.0f / (1 << p * bits);
      for (int64_t lane = 0; lane < lanes; lane++) {
        *to++ = factor * x[(i + lane) * places + p];
      }
    }
  }
}

// Rows `first` to before `last`: planes to `steps`, sums of groups to `sums`.
EXPORT void KERNEL(planes)(const struct rounded *r, int64_t first, int64_t last) {
  int64_t groups = r->inner / r->group, padded = padded_groups(r->inner, r->group);
  for (int64_t row = first; row < last; row++) {
    const float *x = r->x + row * r->inner;
    float *sums = r->sums + row * padded;
    planes(x, r->inner, r->bits, r->steps + row * r->inner);
    memset(sums, 0, 4 * padded);
    for (int64_t g = 0; g < groups; g++) {
      vec sum = {0};
      for (int64_t i = 0; i < r->group; i += LANES) {
        sum += *(const vec *)(x + g * r->group + i);
      }
      sums[g] = lanes_sum(sum);
    }
  }
}

// The weights of plane `p` of some words.
INLINE vec plane(words w, int bits, int p) {
  if (p == 32 / bits - 1) {
    return floats((ints)(w >> (32 - bits)));
  }
  return floats((ints)(w & ((1u << bits) - 1) << p * bits));
}

// As many floats as there are, then zeros.
INLINE vec lanes_at(const float *from, int64_t lanes) {
  return lanes == LANES ? *(const vec *)from : (vec)bytes_to(from, 4 * lanes);
}

// Words of a column times rows, whose planes lie at `x`.
INLINE void block(vec *sums, int rows, int bits, words w, const float *x, int64_t inner, vec scale,
                  int64_t lanes) {
  vec dots[MOST_ROWS];
#pragma GCC unroll 8
  for (int p = 0; p < 32 / bits; p++) {
    vec v = plane(w, bits, p);
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      vec at = lanes_at(x + r * inner + lanes * p, lanes);
      dots[r] = p == 0 ? v * at : v * at + dots[r];
    }
  }
  for (int r = 0; r < rows; r++) {
    sums[r] += dots[r] * scale;
  }
}

INLINE void dot(vec *sums, int rows, int bits, int shift, const uint8_t *w, const float *x,
                int64_t inner, const float *scales) {
  int64_t places = 32 / bits, count = inner / places, i = 0;
  vec others[MOST_ROWS];
  for (int r = 0; r < rows; r++) {
    others[r] = (vec){0};
  }
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    __builtin_prefetch(w + 4 * i + 1024);
    block(sums, rows, bits, (words)bytes_at(w + 4 * i), x + i * places, inner,
          of_groups(scales, i, shift), LANES);
    block(others, rows, bits, (words)bytes_at(w + 4 * i + WIDTH), x + (i + LANES) * places, inner,
          of_groups(scales, i + LANES, shift), LANES);
  }
  if (i + LANES <= count) {
    block(sums, rows, bits, (words)bytes_at(w + 4 * i), x + i * places, inner,
          of_groups(scales, i, shift), LANES);
    i += LANES;
  }
  if (i < count) {
    int64_t lanes = count - i;
    block(others, rows, bits, (words)bytes_to(w + 4 * i, 4 * lanes), x + i * places, inner,
          of_groups(scales, i, shift), lanes);
  }
  for (int r = 0; r < rows; r++) {
    sums[r] += others[r];
  }
}

INLINE void columns(int rows, int bits, const struct product *p, int64_t row, int64_t first,
                    int64_t last, float *scratch) {
  int64_t groups = p->inner / p->group, padded = padded_groups(p->inner, p->group);
  const float *x = p->steps + row * p->inner, *xs = p->sums + row * padded;
  int shift = __builtin_ctz(p->group * bits / 32);
  for (int64_t column = first; column < last; column++) {
    const char *s = (const char *)p->scales + column * groups * type_bytes(p->type);
    const char *b = (const char *)p->biases + column * groups * type_bytes(p->type);
    const uint8_t *w = p->words + column * p->inner * bits / 8;
    vec sums[MOST_ROWS];
    octet biases[MOST_ROWS];
    for (int r = 0; r < rows; r++) {
      sums[r] = (vec){0};
      biases[r] = (octet){0};
    }
    for (int64_t g = 0; g < groups; g += 8) {
      octet bias = (octet)some(b, p->type, g, groups);
      *(octet *)(scratch + g) = (octet)some(s, p->type, g, groups);
      for (int r = 0; r < rows; r++) {
        biases[r] += bias * *(const octet *)(xs + r * padded + g);
      }
    }
    if (WIDTH == 64 && shift == 2) {
      dot(sums, rows, bits, 2, w, x, p->inner, scratch);
    } else if (WIDTH == 64 && shift == 3) {
      dot(sums, rows, bits, 3, w, x, p->inner, scratch);
    } else {
      dot(sums, rows, bits, shift, w, x, p->inner, scratch);
    }
    for (int r = 0; r < rows; r++) {
      p->out[(row + r) * p->row_step + column] = lanes_sum(sums[r]) + octet_sum(biases[r]);
    }
  }
}

INLINE void rows_of(int bits, const struct product *p, int64_t row, int64_t first, int64_t last,
                    float *scratch) {
  switch (p->rows - row) {
    case 1: columns(1, bits, p, row, first, last, scratch); break;
    case 2: columns(2, bits, p, row, first, last, scratch); break;
    case 3: columns(3, bits, p, row, first, last, scratch); break;
    default: columns(4, bits, p, row, first, last, scratch);
  }
}

// Bytes of scratch that one call of bessemer_exact uses.
EXPORT int64_t KERNEL(exact_scratch)(const struct product *p) {
  return 4 * padded_groups(p->inner, p->group);
}

// Columns `first` to before `last`, of weights of 4 or 8 bits; `steps` are planes.
EXPORT void KERNEL(exact)(const struct product *p, int64_t first, int64_t last, float *scratch) {
  for (int64_t from = first; from < last; from += 16) { // which stay in the cache for all rows
    int64_t to = from + 16 < last ? from + 16 : last;
    for (int64_t row = 0; row < p->rows; row += MOST_ROWS) {
      if (p->bits == 4) {
        rows_of(4, p, row, from, to, scratch);
      } else {
        rows_of(8, p, row, from, to, scratch);
      }
    }
  }
}
