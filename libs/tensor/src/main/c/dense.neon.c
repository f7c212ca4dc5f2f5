// Products of floats and 16-bit floats, and attention, with NEON.
#define WIDTH 16
#define KIND neon
#include "attention.h"
#include "few.h"
#include "logits.h"
#include "loops.h"
#include "tiles.h"
