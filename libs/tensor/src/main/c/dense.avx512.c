// Products of floats and 16-bit floats, with AVX-512.
#define WIDTH 64
#define KIND avx512
#include "few.h"
#include "tiles.h"
