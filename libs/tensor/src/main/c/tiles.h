// Products of many rows. Both sides are copied, block by block, into the order in which the
// innermost loop reads them: strips of 6 rows and panels of 2 or 4 vectors of columns, one inner
// place after the other.
#ifndef BESSEMER_TILES_H
#define BESSEMER_TILES_H

#include "vectors.h"

#define ROWS 6
#define VECTORS (WIDTH == 32 ? 2 : 4)
#define COLUMNS (VECTORS * LANES)
#define TOGETHER 16 // inner places copied at a time where neighbours lie across

// Turns 8 lines of 8 elements from place `k` on; those beyond `lines` are zeros.
INLINE void turn(int64_t type, const char *at, int64_t across, int64_t lines, int64_t k, float *to,
                 int64_t step) {
#if WIDTH == 16
  for (int64_t j = 0; j < 8; j += LANES) {
    words v[8];
    for (int64_t i = 0; i < 8; i++) {
      v[i] = i < lines ? (words)floats_at(type, at + i * across, k + j) : (words){0};
    }
    transpose(v);
    transpose(v + LANES);
    for (int64_t i = 0; i < LANES; i++) { // in order: the next overwrites what is too much
      *(words *)(to + (j + i) * step) = v[i];
      *(words *)(to + (j + i) * step + LANES) = v[LANES + i];
    }
  }
#else
  __m256 r[8], t[8];
  for (int i = 0; i < 8; i++) {
    if (i >= lines) {
      r[i] = _mm256_setzero_ps();
    } else if (type == F32) {
      __builtin_prefetch(at + (i + COLUMNS) * across + k * 4);
      r[i] = _mm256_loadu_ps((const float *)(at + i * across) + k);
    } else {
      __m128i half = _mm_loadu_si128((const __m128i *)((const uint16_t *)(at + i * across) + k));
      r[i] = type == F16 ? _mm256_cvtph_ps(half)
                         : _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    }
  }
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(to + i * step, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
  }
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(to + (i + 4) * step, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
  }
#endif
}

INLINE void one_by_one(int64_t type, const char *at, int64_t across, int64_t along, int64_t lines,
                       int64_t panel, int64_t from, int64_t depth, float *to) {
  for (int64_t k = from; k < depth; k++) {
    for (int64_t i = 0; i < panel; i++) {
      to[k * panel + i] = i < lines ? float_at(type, at + i * across, k * along) : 0;
    }
  }
}

// Lines of neighbours, `across` bytes apart, to `[depth][panel]`.
INLINE void along_lines(int64_t type, const char *at, int64_t across, int64_t lines, int64_t panel,
                        int64_t depth, float *to) {
  int64_t k = 0;
  // Strips are written 8 wide: what is too much is overwritten next, or by the last places.
  for (; k + 8 <= depth - (panel < 8); k += 8) {
    for (int64_t i = 0; i < panel; i += 8) {
      float *target = to + k * panel + i;
      if (lines - i >= panel || lines - i >= 8) {
        turn(type, at + i * across, across, panel < 8 ? panel : 8, k, target, panel);
      } else {
        turn(type, at + i * across, across, lines - i, k, target, panel);
      }
    }
  }
  one_by_one(type, at, across, 1, lines, panel, k, depth, to);
}

// Places whose neighbours are the lines, `along` elements apart, to `[depth][panel]`.
INLINE void across_lines(int64_t type, const char *at, int64_t along, int64_t lines, int64_t panel,
                         int64_t depth, float *to) {
  if (lines < panel) {
    one_by_one(type, at, bytes_of(type), along, lines, panel, 0, depth, to);
    return;
  }
  for (int64_t k = 0; k < depth; k++, to += panel) {
    const char *from = at + k * along * bytes_of(type);
    if (panel < 8 && type == F32) {
      memcpy(to, from, 4 * panel);
    } else if (panel < 8) {
      one_by_one(type, from, bytes_of(type), 1, lines, panel, 0, 1, to);
    } else {
      for (int64_t i = 0; i < panel; i += LANES) {
        *(vec *)(to + i) = floats_at(type, from, i);
      }
    }
  }
}

INLINE int64_t less(int64_t a, int64_t b) { return a < b ? a : b; }

INLINE void pack(int64_t type, const char *at, int64_t across, int64_t along, int64_t lines,
                 int64_t panel, int64_t depth, float *to, int64_t step) {
  int64_t size = bytes_of(type);
  if (across == 1) {
    for (int64_t k = 0; k < depth; k += TOGETHER) {
      for (int64_t i = 0; i < lines; i += panel) {
        across_lines(type, at + (i + k * along) * size, along, less(panel, lines - i), panel,
                     less(TOGETHER, depth - k), to + i / panel * step + k * panel);
      }
    }
    return;
  }
  for (int64_t i = 0; i < lines; i += panel, to += step) {
    const char *from = at + i * across * size;
    if (along == 1) {
      along_lines(type, from, across * size, less(panel, lines - i), panel, depth, to);
    } else {
      one_by_one(type, from, across * size, along, less(panel, lines - i), panel, 0, depth, to);
    }
  }
}

// Rows as strips `[depth][6]` of floats, the last filled up with zeros. Distances in elements:
// `across` between rows, `along` between inner places.
EXPORT void KERNEL(pack_strips)(int64_t type, const char *at, int64_t across, int64_t along,
                                int64_t rows, int64_t depth, float *to) {
  int64_t step = ROWS * depth;
  switch (type) {
    case F32: pack(F32, at, across, along, rows, ROWS, depth, to, step); break;
    case F16: pack(F16, at, across, along, rows, ROWS, depth, to, step); break;
    default: pack(BF16, at, across, along, rows, ROWS, depth, to, step);
  }
}

// Columns as panels `[depth][COLUMNS]` of floats, `step` floats apart, the last filled up.
EXPORT void KERNEL(pack_panels)(int64_t type, const char *at, int64_t across, int64_t along,
                                int64_t columns, int64_t depth, float *to, int64_t step) {
  switch (type) {
    case F32: pack(F32, at, across, along, columns, COLUMNS, depth, to, step); break;
    case F16: pack(F16, at, across, along, columns, COLUMNS, depth, to, step); break;
    default: pack(BF16, at, across, along, columns, COLUMNS, depth, to, step);
  }
}

// A strip of so many rows times a panel, whose inner places are `step` floats apart, into `out` or
// added to it.
INLINE void tile(int rows, const float *a, const float *b, int64_t step, int64_t depth, float *out,
                 int64_t row_step, int64_t add) {
  vec s[ROWS][VECTORS];
  for (int i = 0; i < rows; i++) {
    __builtin_prefetch(out + i * row_step, 1);
    for (int j = 0; j < VECTORS; j++) {
      s[i][j] = (vec){0};
    }
  }
  for (int64_t k = 0; k < depth; k++, a += rows, b += step) {
    vec w[VECTORS];
    for (int j = 0; j < VECTORS; j++) {
      w[j] = *(const vec *)(b + j * LANES);
    }
    for (int i = 0; i < rows; i++) {
      vec x = every(a[i]);
      for (int j = 0; j < VECTORS; j++) {
        s[i][j] += x * w[j];
      }
    }
  }
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < VECTORS; j++) {
      vec *to = (vec *)(out + i * row_step + j * LANES);
      if (add) {
        *to += s[i][j];
      } else {
        *to = s[i][j];
      }
    }
  }
}

static void edge(const float *tile, float *out, int64_t row_step, int64_t rows, int64_t columns,
                 int64_t add) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) {
      float *to = out + i * row_step + j;
      *to = (add ? *to : 0) + tile[i * COLUMNS + j];
    }
  }
}

// Strips times panels, into the result or added to it.
EXPORT void KERNEL(multiply)(const float *strips, const float *panels, int64_t panel_step,
                             int64_t depth, float *out, int64_t row_step, int64_t rows,
                             int64_t columns, int64_t add) {
  float spare[ROWS * COLUMNS] __attribute__((aligned(64)));
  for (int64_t j = 0; j < columns; j += COLUMNS, panels += panel_step) {
    for (int64_t i = 0; i < rows; i += ROWS) {
      const float *a = strips + i * depth;
      float *to = out + i * row_step + j;
      if (i + ROWS > rows || j + COLUMNS > columns) {
        tile(ROWS, a, panels, COLUMNS, depth, spare, COLUMNS, 0);
        edge(spare, to, row_step, less(ROWS, rows - i), less(COLUMNS, columns - j), add);
      } else if (add) {
        tile(ROWS, a, panels, COLUMNS, depth, to, row_step, 1);
      } else {
        tile(ROWS, a, panels, COLUMNS, depth, to, row_step, 0);
      }
    }
  }
}

EXPORT int64_t KERNEL(panel_columns)(void) { return COLUMNS; }

#endif
