// What the processor can do, asked once at start.
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// Bits of XCR0: what the system saves of registers, else their instructions fault.
enum { YMM = 0x6, ZMM = 0xe6, TILES = 0x60000 };

static unsigned saved(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) {
    return 0;
  }
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int all(unsigned of, unsigned bits) { return (of & bits) == bits; }

// Tiles are large: Linux saves them for a process that asks, once for all of its threads, and may
// refuse. Other systems for these processors have none.
static int tiles_granted(void) {
#if defined(__linux__)
  const long ask = 0x1023, tile_data = 18; // ARCH_REQ_XCOMP_PERM, in newer headers only
  return syscall(SYS_arch_prctl, ask, tile_data) == 0;
#else
  return 0;
#endif
}

EXPORT int64_t bessemer_cpu(void) {
  const unsigned fma = 1u << 12, f16c = 1u << 29, avx2 = 1u << 5;
  const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; // F, DQ, BW, VL
  const unsigned vnni = 1u << 11, bf16 = 1u << 5;
  const unsigned amx = 1u << 22 | 1u << 24 | 1u << 25; // BF16, TILE, INT8
  unsigned registers = saved(), a, b1, c1, d1, b, c, d;
  if (!all(registers, YMM) || !__get_cpuid(1, &a, &b1, &c1, &d1) || !all(c1, fma | f16c) ||
      !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & avx2)) {
    return 0;
  }
  int64_t has = HAS_AVX2;
  if (all(registers, ZMM) && all(b, avx512) && (c & vnni)) {
    has |= HAS_AVX512_VNNI;
    unsigned leaves = a;
    if (leaves >= 1 && __get_cpuid_count(7, 1, &a, &b1, &c1, &d1) && (a & bf16)) {
      has |= HAS_AVX512_BF16;
    }
    if (all(d, amx) && all(registers, TILES) && tiles_granted()) {
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
