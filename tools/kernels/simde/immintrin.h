// Stands in for the compiler's header: AVX-512 by SIMDe, tiles of AMX by a file beside it, on a
// processor with AVX2.
#ifndef BESSEMER_EMULATED
#define BESSEMER_EMULATED

#include_next <immintrin.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#define EMULATION static __attribute__((noinline, unused))

// As functions of their own: copied to every place of use they take the compiler many minutes.
EMULATION simde__m512i emulated_dpbusd(simde__m512i sum, simde__m512i a, simde__m512i b) {
  return simde_mm512_dpbusd_epi32(sum, a, b);
}

EMULATION simde__m512i emulated_permutex2var(simde__m512i a, simde__m512i i, simde__m512i b) {
  return simde_mm512_permutex2var_epi32(a, i, b);
}

#undef _mm512_dpbusd_epi32
#define _mm512_dpbusd_epi32 emulated_dpbusd
#undef _mm512_permutex2var_epi32
#define _mm512_permutex2var_epi32 emulated_permutex2var

// Not in SIMDe 0.7.4.
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps emulated_cvtph_ps
typedef float emulated_floats __attribute__((vector_size(64), may_alias));
EMULATION emulated_floats emulated_cvtph_ps(__m256i v) {
  __m256 halves[2] = {_mm256_cvtph_ps(_mm256_castsi256_si128(v)),
                      _mm256_cvtph_ps(_mm256_extractf128_si256(v, 1))};
  emulated_floats all;
  __builtin_memcpy(&all, halves, sizeof all);
  return all;
}

#include "amx_tiles.h"

#endif
