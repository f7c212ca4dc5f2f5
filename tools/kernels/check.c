// The kernels of one kind, KIND, against sums of doubles. Prints what is wrong and fails if anything
// is.
#include "check.h"

int64_t wrong, compared;
uint64_t seed = 1;
struct taken taken[MOST_TAKEN];
int takes;

int main(void) {
  check_quantized();
  check_int8();
  check_floats();
  check_loops();
  check_bf16();
  printf(NAME(KIND) ": %ld values compared, %ld wrong\n", (long)compared, (long)wrong);
  return wrong != 0;
}
