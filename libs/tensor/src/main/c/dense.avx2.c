// Products of floats and 16-bit floats, with AVX2.
#define WIDTH 32
#define KIND avx2
#include "few.h"
#include "tiles.h"
