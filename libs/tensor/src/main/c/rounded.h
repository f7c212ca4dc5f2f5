// Rounded rows times quantized weights, where instructions multiply int8 and sum four at a time.
#include "rounding.h"
#include "rows.h"
#include "blocks.h"
#include "int8.h"

// Bytes of scratch that one call of bessemer_rounded uses.
EXPORT int64_t KERNEL(rounded_scratch)(const struct product *p) {
  return p->rows > FEW_ROWS ? many_rows_scratch() : few_rows_scratch(p);
}

// Columns `first` to before `last`.
EXPORT void KERNEL(rounded)(const struct product *p, int64_t first, int64_t last, char *scratch) {
  if (p->rows > FEW_ROWS) {
    many_rows(p, first, last, scratch);
  } else if (p->rows > 0) {
    few_rows(p, first, last, scratch);
  }
}
