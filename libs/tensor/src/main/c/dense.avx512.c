// Products of floats and 16-bit floats, and attention, with AVX-512.
#define WIDTH 64
#define KIND avx512
#include "attention.h"
#include "few.h"
#include "logits.h"
#include "loops.h"
#include "tiles.h"
