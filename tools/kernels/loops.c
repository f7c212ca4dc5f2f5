// Loops over elements and rows, against doubles.
#include "check.h"

void KERNEL(each_add)(const float *, int64_t, const float *, int64_t, float *, int64_t);
void KERNEL(each_multiply)(const float *, int64_t, const float *, int64_t, float *, int64_t);
void KERNEL(each_relu)(const float *, float *, int64_t);
void KERNEL(each_sigmoid)(const float *, float *, int64_t);
void KERNEL(each_silu)(const float *, float *, int64_t);
void KERNEL(rms_norm)(const float *, const float *, int64_t, int64_t, float *);
void KERNEL(layer_norm)(const float *, const float *, const float *, int64_t, int64_t, float *);
void KERNEL(turn)(const float *, const float *, int64_t, int64_t, float *);
void KERNEL(widen)(int64_t, const char *, float *, int64_t);
void KERNEL(narrow)(int64_t, const float *, uint16_t *, int64_t);
void KERNEL(narrow_within)(const float *, uint16_t *, int64_t);
void KERNEL(unpack_row)(const uint8_t *, const char *, const char *, int64_t, int64_t, int64_t,
                        int64_t, float *);
int64_t KERNEL(above)(const float *, int64_t, int64_t, int64_t);
int64_t KERNEL(exponentials)(const float *, int64_t, int64_t);

static int64_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

// Every place with more than a bound, one after the other, and the sum of all powers of e.
static void logits(int64_t count) {
  float *x = rows_of_floats(1, count);
  float bound = 1.5f, top = 2.5f;
  int64_t next = KERNEL(above)(x, 0, count, bits_of(bound));
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    if (x[i] > bound) {
      expect(next, i, 0, "above");
      next = KERNEL(above)(x, i + 1, count, bits_of(bound));
    }
    total += exp((double)x[i] - top);
  }
  expect(next, count, 0, "above");
  int64_t bits = KERNEL(exponentials)(x, count, bits_of(top));
  double sum;
  memcpy(&sum, &bits, 8);
  expect(sum, total, 1e-6 * total, "exponentials");
  give_back();
}

static void elements(int64_t count) {
  float *x = rows_of_floats(1, count), *y = rows_of_floats(1, count), *out = take(4 * count);
  for (int one = 0; one < 3; one++) { // of neither, of the first, of the second
    int64_t a = one == 1, b = one == 2;
    KERNEL(each_add)(x, a, y, b, out, count);
    for (int64_t i = 0; i < count; i++) {
      expect(out[i], x[a ? 0 : i] + y[b ? 0 : i], 0, "add");
    }
    KERNEL(each_multiply)(x, a, y, b, out, count);
    for (int64_t i = 0; i < count; i++) {
      expect(out[i], x[a ? 0 : i] * y[b ? 0 : i], 0, "multiply");
    }
  }
  KERNEL(each_relu)(x, out, count);
  for (int64_t i = 0; i < count; i++) {
    expect(out[i], x[i] > 0 ? x[i] : 0, 0, "relu");
  }
  KERNEL(each_sigmoid)(x, out, count);
  for (int64_t i = 0; i < count; i++) {
    expect(out[i], 1 / (1 + exp(-(double)x[i])), 3e-7, "sigmoid");
  }
  KERNEL(each_silu)(x, out, count);
  for (int64_t i = 0; i < count; i++) {
    expect(out[i], x[i] / (1 + exp(-(double)x[i])), 1e-6, "silu");
  }
  give_back();
}

static void norms(int64_t width) {
  const float epsilon = 1e-5f;
  int32_t bits;
  memcpy(&bits, &epsilon, 4);
  float *x = rows_of_floats(1, width), *w = rows_of_floats(1, width), *b = rows_of_floats(1, width);
  float *rms = take(4 * width), *layer = take(4 * width);
  KERNEL(rms_norm)(x, w, bits, width, rms);
  KERNEL(layer_norm)(x, w, b, bits, width, layer);
  double mean = 0, squares = 0, spread = 0;
  for (int64_t i = 0; i < width; i++) {
    mean += (double)x[i] / width;
    squares += (double)x[i] * x[i] / width;
  }
  for (int64_t i = 0; i < width; i++) {
    spread += (x[i] - mean) * (x[i] - mean) / width;
  }
  for (int64_t i = 0; i < width; i++) {
    expect(rms[i], x[i] / sqrt(squares + epsilon) * w[i], 2e-5, "rms norm");
    expect(layer[i], (x[i] - mean) / sqrt(spread + epsilon) * w[i] + b[i], 1e-3, "layer norm");
  }
  give_back();
}

static void turns(int64_t pairs, int64_t neighbours) {
  float *x = rows_of_floats(1, 2 * pairs), *angles = rows_of_floats(2, pairs);
  float *out = take(8 * pairs);
  KERNEL(turn)(x, angles, pairs, neighbours, out);
  for (int64_t i = 0; i < pairs; i++) {
    int64_t first = neighbours ? 2 * i : i, second = neighbours ? 2 * i + 1 : i + pairs;
    double a = x[first], b = x[second], c = angles[i], s = angles[pairs + i];
    expect(out[first], a * c - b * s, 2e-6, "turn");
    expect(out[second], b * c + a * s, 2e-6, "turn");
  }
  give_back();
}

static void conversions(int64_t type, int64_t count) {
  float *x = rows_of_floats(1, count), *back = take(4 * count), *meant = take(4 * count);
  uint16_t *halves = take(2 * count);
  char *expected = take(2 * count);
  for (int64_t i = 0; i < count; i++) {
    meant[i] = put(expected, type, i, x[i]);
  }
  KERNEL(widen)(type, expected, back, count);
  for (int64_t i = 0; i < count; i++) {
    expect(back[i], meant[i], 0, "widen");
  }
  double step = type == F16 ? 0x1p-10 : 0x1p-7; // twice the largest error of one that is about 1
  KERNEL(narrow)(type, x, halves, count);
  KERNEL(widen)(type, (const char *)halves, back, count);
  for (int64_t i = 0; i < count; i++) {
    expect(back[i], x[i], step / 2 * (fabs(x[i]) + 1e-4), "narrow");
  }
  if (type == F16) {
    x[0] = 1e9;
    x[count - 1] = -1e9;
    KERNEL(narrow_within)(x, halves, count);
    KERNEL(widen)(type, (const char *)halves, back, count);
    expect(back[count - 1], -65504, 0, "narrow within");
    expect(count > 1 ? back[0] : 65504, 65504, 0, "narrow within");
  }
  give_back();
}

static void unpacked(int64_t bits, int64_t group, int64_t groups) {
  int64_t inner = group * groups, bytes = inner * bits / 8;
  uint8_t *codes = take(bytes);
  char *scales = take(2 * groups), *biases = take(2 * groups);
  float *scale = take(4 * groups), *bias = take(4 * groups), *out = take(4 * inner);
  for (int64_t i = 0; i < bytes; i++) {
    codes[i] = (uint8_t)(between(0, 255.9f));
  }
  for (int64_t g = 0; g < groups; g++) {
    scale[g] = put(scales, BF16, g, between(-1, 1));
    bias[g] = put(biases, BF16, g, between(-1, 1));
  }
  KERNEL(unpack_row)(codes, scales, biases, BF16, bits, group, inner, out);
  for (int64_t i = 0; i < inner; i++) {
    int64_t code = 0;
    for (int64_t bit = 0; bit < bits; bit++) {
      int64_t at = i * bits + bit;
      code |= (int64_t)(codes[at / 8] >> at % 8 & 1) << bit;
    }
    float product = (float)code * scale[i / group];
    expect(out[i], product + bias[i / group], 1e-6 * (fabs(product) + 1), "unpack");
  }
  give_back();
}

void check_loops(void) {
  const int64_t widths[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 1000, 2049};
  for (int i = 0; i < 13; i++) {
    elements(widths[i]);
    logits(widths[i]);
    norms(widths[i]);
    turns(widths[i], 0);
    turns(widths[i], 1);
    conversions(F16, widths[i]);
    conversions(BF16, widths[i]);
  }
  const int64_t bits[] = {2, 3, 4, 5, 6, 8};
  for (int i = 0; i < 6; i++) {
    unpacked(bits[i], 32, 3);
    unpacked(bits[i], 64, 2);
    unpacked(bits[i], 128, 1);
  }
}
