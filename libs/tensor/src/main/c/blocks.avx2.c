// Products of many rounded rows. Panels of 16 columns of weights are unpacked in the order in which
// tiles of 4 rows by 16 columns read them. A panel stays in the first cache for a block of rows; the
// block, and the panels of a group, stay in the second.
#include "rounded.avx2.h"

enum { ROWS = 4, COLUMNS = 16, DEPTH = 1024, PANELS = 4, ROW_BLOCK = 128 };

// What tiles read of 16 columns and up to DEPTH inner places.
struct panel {
  uint8_t *codes;  // [DEPTH / 4, COLUMNS, 4]
  uint8_t *bytes;  // [COLUMNS, DEPTH] on the way there
  float *scales;   // [DEPTH / group, COLUMNS]
  float *biases;
};

enum { SCALES = COLUMNS * DEPTH / 32, PANEL_BYTES = COLUMNS * DEPTH + 2 * 4 * SCALES };

INLINE struct panel panel_at(char *scratch, int index) {
  char *at = scratch + COLUMNS * DEPTH + index * PANEL_BYTES;
  struct panel p = {(uint8_t *)at, (uint8_t *)scratch, (float *)(at + COLUMNS * DEPTH), 0};
  p.biases = p.scales + SCALES;
  return p;
}

int64_t many_rows_scratch_avx2(const struct product *p) {
  (void)p;
  return COLUMNS * DEPTH + PANELS * PANEL_BYTES;
}

// Inner places `k` to before `k + depth` of a panel's columns.
struct part {
  struct panel panel;
  int64_t column, k, depth;
  int width; // columns that are there
};

// Codes of 4 bits of 8 columns: each word holds 4 even and 4 odd elements.
INLINE void fill_nibbles(const uint8_t *const *columns, int64_t depth, int small, uint8_t *to) {
  const __m256i low = _mm256_set1_epi8(15);
  for (int64_t i = 0; i < depth; i += 64, to += 64 * COLUMNS) {
    __m256i v[8];
    turn(columns, i / 2, v);
    for (int j = 0; j < 8; j++) {
      int even = small ? j + (j & 4) : j, odd = small ? even + 4 : j + 8;
      store(to + even * 4 * COLUMNS, _mm256_and_si256(v[j], low));
      store(to + odd * 4 * COLUMNS, _mm256_and_si256(_mm256_srli_epi16(v[j], 4), low));
    }
  }
}

// Codes that are bytes, of 8 columns, less 128 if they are whole.
INLINE void fill_bytes(const uint8_t *const *columns, int64_t depth, int whole, uint8_t *to) {
  const __m256i flip = _mm256_set1_epi8(whole ? -128 : 0);
  for (int64_t i = 0; i < depth; i += 32, to += 32 * COLUMNS) {
    __m256i v[8];
    turn(columns, i, v);
    for (int j = 0; j < 8; j++) {
      store(to + j * 4 * COLUMNS, _mm256_xor_si256(v[j], flip));
    }
  }
}

// Scales and biases of the groups of one column, the `i`th of the panel.
static void scales(const struct product *p, const struct part *to, int64_t column, int i) {
  int64_t groups = p->inner / p->group, count = to->depth / p->group, bytes = type_bytes(p->type);
  int64_t first = (column * groups + to->k / p->group) * bytes;
  for (int64_t g = 0; g < count; g += 8) {
    float s[8], b[8];
    _mm256_storeu_ps(s, some((const char *)p->scales + first, p->type, g, count));
    _mm256_storeu_ps(b, some((const char *)p->biases + first, p->type, g, count));
    for (int64_t j = g; j < g + 8 && j < count; j++) {
      to->panel.scales[j * COLUMNS + i] = s[j - g];
      to->panel.biases[j * COLUMNS + i] = b[j - g] + (p->bits == 8 ? 128 * s[j - g] : 0);
    }
  }
}

static void fill(const struct product *p, const struct part *to) {
  const uint8_t *columns[COLUMNS];
  int64_t row = p->inner * p->bits / 8, from = to->k * p->bits / 8, chunk = to->depth * p->bits / 8;
  for (int i = 0; i < COLUMNS; i++) {
    int64_t column = to->column + (i < to->width ? i : to->width - 1);
    columns[i] = p->words + column * row + from;
    for (int64_t line = 0; line < chunk; line += 64) { // of the next panel
      _mm_prefetch((const char *)columns[i] + COLUMNS * row + line, _MM_HINT_T1);
    }
    scales(p, to, column, i);
    if (p->bits != 4 && p->bits != 8) {
      unpack_stream(p->bits, columns[i], to->depth, to->panel.bytes + i * DEPTH);
      columns[i] = to->panel.bytes + i * DEPTH;
    }
  }
  for (int half = 0; half < COLUMNS; half += 8) {
    uint8_t *codes = to->panel.codes + 4 * half;
    if (p->bits == 4) {
      fill_nibbles(columns + half, to->depth, p->group == 32, codes);
    } else {
      fill_bytes(columns + half, to->depth, p->bits == 8, codes);
    }
  }
}

// `chunk` times 4 inner places, summed in 16 bits, which they fit.
INLINE void chunk_of(__m256i *wide, int chunk, const uint8_t *w, const int8_t *x) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[ROWS][2];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++) {
    __m256i a = load(w + j * 64), b = load(w + j * 64 + 32);
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++) {
      int32_t four;
      memcpy(&four, x + 16 * j + 4 * r, 4);
      __m256i v = _mm256_set1_epi32(four);
      __m256i s = _mm256_maddubs_epi16(a, v), t = _mm256_maddubs_epi16(b, v);
      sums[r][0] = now(j == 0 ? s : _mm256_add_epi16(sums[r][0], s));
      sums[r][1] = now(j == 0 ? t : _mm256_add_epi16(sums[r][1], t));
    }
  }
  for (int i = 0; i < 2 * ROWS; i++) {
    wide[i] = _mm256_add_epi32(wide[i], _mm256_madd_epi16(sums[i / 2][i % 2], ones));
  }
}

// 4 inner places of signed codes.
INLINE void whole(__m256i *wide, const uint8_t *w, const int8_t *x) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i a = load(w), b = load(w + 32);
  __m256i c = _mm256_abs_epi8(a), d = _mm256_abs_epi8(b);
#pragma GCC unroll 4
  for (int r = 0; r < ROWS; r++) {
    int32_t four;
    memcpy(&four, x + 4 * r, 4);
    __m256i v = _mm256_set1_epi32(four);
    __m256i s = _mm256_maddubs_epi16(c, _mm256_sign_epi8(v, a));
    __m256i t = _mm256_maddubs_epi16(d, _mm256_sign_epi8(v, b));
    wide[2 * r] = _mm256_add_epi32(wide[2 * r], _mm256_madd_epi16(s, ones));
    wide[2 * r + 1] = _mm256_add_epi32(wide[2 * r + 1], _mm256_madd_epi16(t, ones));
  }
}

// Four rows times the panel, added to `sums` of [ROWS, COLUMNS]. A chunk of 0: signed codes.
INLINE void tile(int chunk, const struct product *p, struct panel w, int64_t row, int64_t k,
                 int64_t depth, float *sums) {
  int64_t step = padded_groups(p->inner, p->group), steps = p->group / 4;
  const int8_t *x = p->codes + row * p->inner + ROWS * k;
  const float *d = p->steps + row * step + k / p->group;
  const float *xs = p->sums + row * step + k / p->group;
  for (int64_t g = 0; g < depth / p->group; g++) {
    __m256i wide[2 * ROWS];
    for (int i = 0; i < 2 * ROWS; i++) {
      wide[i] = _mm256_setzero_si256();
    }
    for (int64_t j = g * steps; j < (g + 1) * steps; j += chunk ? chunk : 1) {
      if (chunk) {
        chunk_of(wide, chunk, w.codes + j * 64, x + 16 * j);
      } else {
        whole(wide, w.codes + j * 64, x + 16 * j);
      }
    }
    for (int half = 0; half < 2; half++) {
      __m256 scale = _mm256_loadu_ps(w.scales + g * COLUMNS + 8 * half);
      __m256 bias = _mm256_loadu_ps(w.biases + g * COLUMNS + 8 * half);
      for (int r = 0; r < ROWS; r++) {
        float *at = sums + r * COLUMNS + 8 * half;
        __m256 factor = _mm256_mul_ps(scale, _mm256_set1_ps(d[r * step + g]));
        __m256 sum = _mm256_fmadd_ps(bias, _mm256_set1_ps(xs[r * step + g]), _mm256_loadu_ps(at));
        __m256 products = _mm256_cvtepi32_ps(wide[2 * r + half]);
        _mm256_storeu_ps(at, _mm256_fmadd_ps(products, factor, sum));
      }
    }
  }
}

INLINE void rows_of(int chunk, const struct product *p, const struct part *at, int64_t first,
                    int64_t last) {
  for (int64_t row = first; row < last; row += ROWS) {
    float sums[ROWS * COLUMNS] = {0};
    int height = last - row < ROWS ? last - row : ROWS;
    float *out = p->out + row * p->row_step + at->column;
    for (int r = 0; at->k > 0 && r < height; r++) {
      memcpy(sums + r * COLUMNS, out + r * p->row_step, 4 * at->width);
    }
    tile(chunk, p, at->panel, row, at->k, at->depth, sums);
    for (int r = 0; r < height; r++) {
      memcpy(out + r * p->row_step, sums + r * COLUMNS, 4 * at->width);
    }
  }
}

static void block_of(const struct product *p, const struct part *at, int64_t first, int64_t last) {
  switch (p->bits) {
    case 8: rows_of(0, p, at, first, last); break;
    case 6: rows_of(2, p, at, first, last); break;
    case 5: rows_of(4, p, at, first, last); break;
    default: rows_of(8, p, at, first, last);
  }
}

// At most PANELS * COLUMNS columns.
static void group_of(const struct product *p, int64_t first, int64_t last, char *scratch) {
  struct part parts[PANELS];
  int panels = (last - first + COLUMNS - 1) / COLUMNS;
  for (int64_t k = 0; k < p->inner; k += DEPTH) {
    for (int i = 0; i < panels; i++) {
      struct part *at = parts + i;
      at->panel = panel_at(scratch, i);
      at->column = first + i * COLUMNS;
      at->width = last - at->column < COLUMNS ? last - at->column : COLUMNS;
      at->k = k;
      at->depth = p->inner - k < DEPTH ? p->inner - k : DEPTH;
      fill(p, at);
    }
    for (int64_t row = 0; row < p->rows; row += ROW_BLOCK) {
      for (int i = 0; i < panels; i++) {
        block_of(p, parts + i, row, p->rows - row < ROW_BLOCK ? p->rows : row + ROW_BLOCK);
      }
    }
  }
}

void many_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch) {
  for (int64_t column = first; column < last; column += PANELS * COLUMNS) {
    int64_t end = column + PANELS * COLUMNS;
    group_of(p, column, end < last ? end : last, scratch);
  }
}
