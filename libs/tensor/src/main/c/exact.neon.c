// Rows of floats times quantized weights, with NEON.
#define WIDTH 16
#define KIND neon
#include "exact.h"
