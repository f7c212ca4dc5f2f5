// Rounded rows times quantized weights, with AMX; of few rows with AVX-512, as they lie alike.
#define WIDTH 64
#define KIND amx
#define SIDE 16
#include "rounding.h"
#include "int8_rounding.h"
#include "blocks.amx.h"
#include "int8.amx.h"

int64_t bessemer_rounded_scratch_avx512(const struct product *);
void bessemer_rounded_avx512(const struct product *, int64_t, int64_t, char *);
void bessemer_int8_avx512(const struct int8_product *, int64_t, int64_t, char *);

// Bytes of scratch that one call of bessemer_rounded_amx uses.
EXPORT int64_t bessemer_rounded_scratch_amx(const struct product *p) {
  return p->rows > FEW_ROWS ? many_rows_scratch(p) : bessemer_rounded_scratch_avx512(p);
}

// Columns `first` to before `last`.
EXPORT void bessemer_rounded_amx(const struct product *p, int64_t first, int64_t last,
                                 char *scratch) {
  if (p->rows > FEW_ROWS) {
    many_rows(p, first, last, scratch);
  } else {
    bessemer_rounded_avx512(p, first, last, scratch);
  }
}

// Bytes of scratch that one call of bessemer_int8_amx uses.
EXPORT int64_t bessemer_int8_scratch_amx(const struct int8_product *p) {
  return p->rows > FEW_ROWS ? COLUMNS * p->inner : 0;
}

// Columns `first` to before `last`.
EXPORT void bessemer_int8_amx(const struct int8_product *p, int64_t first, int64_t last,
                              char *scratch) {
  if (p->rows > FEW_ROWS) {
    int8_many(p, first, last, scratch);
  } else {
    bessemer_int8_avx512(p, first, last, scratch);
  }
}
