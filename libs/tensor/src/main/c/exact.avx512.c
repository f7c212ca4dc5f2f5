// Rows of floats times quantized weights, with AVX-512.
#define WIDTH 64
#define KIND avx512
#include "exact.h"
