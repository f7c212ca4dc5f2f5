// Stands in for the compiler's header: AVX-512 by SIMDe, on a processor with AVX2.
#ifndef BESSEMER_EMULATED
#define BESSEMER_EMULATED

#include_next <immintrin.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

// Not in SIMDe 0.7.4.
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps emulated_cvtph_ps
typedef float emulated_floats __attribute__((vector_size(64), may_alias));
static inline __attribute__((always_inline, unused)) emulated_floats emulated_cvtph_ps(__m256i v) {
  __m256 halves[2] = {_mm256_cvtph_ps(_mm256_castsi256_si128(v)),
                      _mm256_cvtph_ps(_mm256_extractf128_si256(v, 1))};
  emulated_floats all;
  __builtin_memcpy(&all, halves, sizeof all);
  return all;
}

#endif
