// Stands in for the tiles of AMX, after the operations that Intel's manual gives for each
// instruction. What would fault there ends the program, and so does a thread that keeps its tiles.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct {
  int on;
  int lines[8], bytes[8];
  uint8_t at[8][16][64];
} tiles;

EMULATION void tile_fault(const char *what) {
  fprintf(stderr, "a tile would fault: %s\n", what);
  exit(3);
}

__attribute__((destructor)) static void tiles_must_be_released(void) {
  if (tiles.on) {
    fprintf(stderr, "tiles were not released\n");
    _Exit(3);
  }
}

EMULATION void tile_configure(const void *from) {
  const uint8_t *c = from;
  memset(&tiles, 0, sizeof tiles);
  int unused = c[0] != 1 || c[1] != 0;
  for (int i = 2; i < 64; i++) {
    unused |= c[i] && (i < 16 || (i >= 32 && i < 48) || i >= 56);
  }
  for (int i = 0; i < 8; i++) {
    tiles.bytes[i] = c[16 + 2 * i] | c[17 + 2 * i] << 8;
    tiles.lines[i] = c[48 + i];
    unused |= tiles.bytes[i] > 64 || tiles.lines[i] > 16 || !tiles.bytes[i] != !tiles.lines[i];
  }
  if (unused) {
    tile_fault("its shape");
  }
  tiles.on = 1;
}

EMULATION void tile_release(void) { memset(&tiles, 0, sizeof tiles); }

EMULATION void tile_must_be(int t) {
  if (!tiles.on || tiles.lines[t] == 0) {
    tile_fault("it has no shape");
  }
}

EMULATION void tile_zero(int t) {
  tile_must_be(t);
  memset(tiles.at[t], 0, sizeof tiles.at[t]);
}

EMULATION void tile_load(int t, const void *from, int64_t stride) {
  tile_zero(t);
  for (int i = 0; i < tiles.lines[t]; i++) {
    memcpy(tiles.at[t][i], (const char *)from + i * stride, tiles.bytes[t]);
  }
}

EMULATION void tile_store(int t, void *to, int64_t stride) {
  tile_must_be(t);
  for (int i = 0; i < tiles.lines[t]; i++) {
    memcpy((char *)to + i * stride, tiles.at[t][i], tiles.bytes[t]);
  }
}

EMULATION void tiles_must_fit(int c, int a, int b) {
  tile_must_be(a);
  tile_must_be(b);
  tile_must_be(c);
  if (a == b || a == c || b == c || tiles.bytes[a] % 4 || tiles.bytes[b] % 4 ||
      tiles.lines[c] != tiles.lines[a] || tiles.bytes[c] != tiles.bytes[b] ||
      tiles.bytes[a] / 4 != tiles.lines[b]) {
    tile_fault("shapes of a product");
  }
}

// The left side is unsigned where it is said to be, the right one is signed.
EMULATION void tile_int8(int is_signed, int c, int a, int b) {
  tiles_must_fit(c, a, b);
  for (int m = 0; m < tiles.lines[c]; m++) {
    int32_t sums[16];
    memcpy(sums, tiles.at[c][m], sizeof sums);
    for (int k = 0; k < tiles.bytes[a]; k++) {
      int left = is_signed ? (int8_t)tiles.at[a][m][k] : tiles.at[a][m][k];
      for (int n = 0; n < tiles.bytes[c] / 4; n++) {
        sums[n] += left * (int8_t)tiles.at[b][k / 4][4 * n + k % 4];
      }
    }
    memcpy(tiles.at[c][m], sums, sizeof sums);
  }
}

static inline float tile_flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

static inline float tile_bf16(const uint8_t *at) {
  uint32_t bits = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 24;
  float x;
  memcpy(&x, &bits, 4);
  return tile_flushed(x);
}

// Sums of even and of odd places by themselves, both of them to what was there.
EMULATION void tile_dots(int c, int a, int b) {
  tiles_must_fit(c, a, b);
  for (int m = 0; m < tiles.lines[c]; m++) {
    for (int n = 0; n < tiles.bytes[c] / 4; n++) {
      float sums[2] = {0, 0}, sum;
      for (int k = 0; k < tiles.bytes[a] / 2; k++) {
        float left = tile_bf16(tiles.at[a][m] + 2 * k);
        float right = tile_bf16(tiles.at[b][k / 2] + 4 * n + 2 * (k % 2));
        sums[k % 2] = tile_flushed(fmaf(left, right, sums[k % 2]));
      }
      memcpy(&sum, tiles.at[c][m] + 4 * n, 4);
      sum = tile_flushed(tile_flushed(sum) + tile_flushed(sums[0] + sums[1]));
      memcpy(tiles.at[c][m] + 4 * n, &sum, 4);
    }
  }
}

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbssd
#undef _tile_dpbusd
#undef _tile_dpbf16ps
#define _tile_loadconfig(from) tile_configure(from)
#define _tile_release() tile_release()
#define _tile_zero(t) tile_zero(t)
#define _tile_loadd(t, from, stride) tile_load(t, from, stride)
#define _tile_stored(t, to, stride) tile_store(t, to, stride)
#define _tile_dpbssd(c, a, b) tile_int8(1, c, a, b)
#define _tile_dpbusd(c, a, b) tile_int8(0, c, a, b)
#define _tile_dpbf16ps(c, a, b) tile_dots(c, a, b)
