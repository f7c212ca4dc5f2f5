// The two ways to a product of rounded rows.
#ifndef BESSEMER_ROUNDED_AVX2_H
#define BESSEMER_ROUNDED_AVX2_H

#include "avx2.h"

enum { FEW_ROWS = 8 };

void few_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch);
void many_rows_avx2(const struct product *p, int64_t first, int64_t last, char *scratch);
int64_t many_rows_scratch_avx2(const struct product *p);

#endif
