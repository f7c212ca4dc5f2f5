// Rounded rows times quantized weights, with AVX2.
#include "rounded.avx2.h"

// Bytes of scratch that one call of bessemer_rounded_avx2 uses.
EXPORT int64_t bessemer_rounded_scratch_avx2(const struct product *p) {
  if (p->rows > FEW_ROWS) {
    return many_rows_scratch_avx2(p);
  }
  return 4 * (p->rows + 1) * padded_groups(p->inner, p->group) + p->inner; // one row: two columns
}

// Columns `first` to before `last`.
EXPORT void bessemer_rounded_avx2(const struct product *p, int64_t first, int64_t last,
                                  char *scratch) {
  if (p->rows > FEW_ROWS) {
    many_rows_avx2(p, first, last, scratch);
  } else if (p->rows > 0) {
    few_rows_avx2(p, first, last, scratch);
  }
}
