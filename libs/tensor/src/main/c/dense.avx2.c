// Products of floats and 16-bit floats, and attention, with AVX2.
#define WIDTH 32
#define KIND avx2
#include "attention.h"
#include "few.h"
#include "logits.h"
#include "loops.h"
#include "tiles.h"
