// What checks of kernels share: memory that ends where it must, random numbers, comparisons.
#ifndef BESSEMER_CHECK_H
#define BESSEMER_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels.h"

#define JOINED(name, kind) bessemer_##name##_##kind
#define NAMED(name, kind) JOINED(name, kind)
#define KERNEL(name) NAMED(name, KIND)
#define TEXT(x) #x
#define NAME(x) TEXT(x)

extern int64_t wrong, compared;
extern uint64_t seed;

static inline uint32_t bits32(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return seed >> 32;
}

static inline float between(float low, float high) {
  return low + (high - low) * (bits32() >> 8) / 16777216;
}

// Memory that ends, but for less than four bytes, where nothing may be read; all of it given back
// at once.
enum { MOST_TAKEN = 64 };
extern struct taken { char *at; size_t size; } taken[MOST_TAKEN];
extern int takes;

static inline void *take(int64_t bytes) {
  size_t page = sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page;
  char *at = mmap(0, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED || takes == MOST_TAKEN || mprotect(at + size, page, PROT_NONE)) {
    abort();
  }
  taken[takes].at = at;
  taken[takes++].size = size + page;
  memset(at, 0xff, size); // no number
  return at + size - (bytes + 3) / 4 * 4;
}

static inline void give_back(void) {
  while (takes > 0) {
    takes--;
    munmap(taken[takes].at, taken[takes].size);
  }
}

static inline void expect(double got, double wanted, double bound, const char *what) {
  compared++;
  if (!(fabs(got - wanted) <= bound) && wrong++ < 20) {
    printf(NAME(KIND) ": %s: %.9g instead of %.9g\n", what, got, wanted);
  }
}

static inline int64_t size_of(int64_t type) { return type == F32 ? 4 : 2; }

// Writes a number as one of a type; gives what it has become.
static inline float put(void *to, int64_t type, int64_t i, float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint16_t half = bits >> 16;
  if (type == F32) {
    ((float *)to)[i] = x;
    return x;
  }
  if (type == BF16) {
    bits &= 0xffff0000;
  } else { // of normal numbers, cut off
    half = (bits >> 16 & 0x8000) | ((bits >> 23 & 255) - 112) << 10 | (bits >> 13 & 0x3ff);
    bits &= 0xffffe000;
    if ((bits >> 23 & 255) < 113) {
      half = bits = 0;
    }
  }
  ((uint16_t *)to)[i] = half;
  memcpy(&x, &bits, 4);
  return x;
}

static inline float *rows_of_floats(int64_t rows, int64_t inner) {
  float *x = take(4 * rows * inner);
  for (int64_t i = 0; i < rows * inner; i++) {
    x[i] = i / 32 % 11 == 3 ? 0 : i % 13 == 0 ? (i % 2 ? 3 : -3) : between(-3, 3);
  }
  return x;
}

void check_quantized(void);
void check_int8(void);
void check_floats(void);
void check_loops(void);
void check_bf16(void);

#endif
