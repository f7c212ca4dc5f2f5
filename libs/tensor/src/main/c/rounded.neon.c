// Rounded rows times quantized weights, with NEON.
#define WIDTH 16
#define KIND neon
#include "rounded.h"
