// What the processor can do, asked once at start.
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

// Whether the system saves the registers of AMX's tiles, by XCR0's bits 17 and 18.
static int tiles_enabled(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) {
    return 0;
  }
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 0x60000) == 0x60000;
}

EXPORT int64_t bessemer_cpu(void) {
  __builtin_cpu_init();
  int64_t has = 0;
  unsigned a, b, c, d;
  int f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 29));
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && f16c) {
    has |= HAS_AVX2;
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    has |= HAS_AVX512_VNNI;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5))) {
      has |= HAS_AVX512_BF16;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 24)) && (d & (1u << 25)) &&
        tiles_enabled()) {
      has |= HAS_AMX;
    }
  }
  return has;
}

#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

EXPORT int64_t bessemer_cpu(void) {
  unsigned long caps = getauxval(AT_HWCAP);
  return (caps & HWCAP_ASIMDDP) && (caps & HWCAP_ASIMDHP) ? HAS_NEON_DOT : 0;
}

#elif defined(__aarch64__)
// Apple's processors all have the dot product.
EXPORT int64_t bessemer_cpu(void) { return HAS_NEON_DOT; }

#else
EXPORT int64_t bessemer_cpu(void) { return 0; }
#endif
