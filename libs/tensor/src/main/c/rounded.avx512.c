// Rounded rows times quantized weights, with AVX-512.
#define WIDTH 64
#define KIND avx512
#include "rounded.h"
