package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;

/// Codes of activations in the order and form in which [RoundedLoops] multiply them.
///
/// A word holds codes `m0, m1, …` of `b` bits. Shifted down by a multiple of `b`, each half of it
/// is `m[i] + 2^b m[i+1] + …` up to the end of the half (of the word, in the upper half), modulo
/// 2^16. Masks that cut that down to `m[i]` are not needed: multiplied by `x[i] - 2^b x[i-1]`
/// instead of `x[i]`, everything but `m[i] x[i]` cancels out over the word. For the sum of a word
/// to be found in 16 bits it must fit them: `8 * 15 * 127` does.
///
/// `4 * 255 * 127` does not. So 8 bits sum the halves apart, which needs a mask after all, and take
/// codes as differences from 128, for which `2 * 128 * 127` fits.
final class Planes {
  /// What 8-bit codes are differences from.
  static final int ZERO = 128;

  private Planes() {}

  /// Bits of codes in words: 4 or 8.
  static int form(int bits) {
    return bits <= 4 ? 4 : 8;
  }

  /// Elements in a vector of words.
  static int span(int form) {
    return LANES * 32 / form;
  }

  /// Elements of a row, with what fills the last vector.
  static int padded(int form, int inner) {
    int span = span(form);
    return (inner + span - 1) / span * span;
  }

  /// Shorts in the planes of so many elements, a multiple of [#span].
  static int length(int form, int padded) {
    return form == 4 ? padded : padded / 2 * 3;
  }

  /// @param codes the address of a row of 32-bit integers, padded with zeros
  static void put(int form, long codes, int padded, short[] planes, int at) {
    if (form == 4) {
      four(codes, padded, planes, at);
    } else {
      eight(codes, padded, planes, at);
    }
  }

  /// Four planes of each vector: what the codes in places 0, 1, 2, 3 of the lower half of words
  /// multiply, with 4, 5, 6, 7 of the upper half between them.
  private static void four(long codes, int padded, short[] planes, int at) {
    int span = span(4);
    for (int i = 0; i < padded; i += span) {
      for (int word = 0; word < LANES; word++) {
        int from = i + 8 * word;
        int to = at + i + 2 * word;
        int before = 0;
        for (int place = 0; place < 8; place++) {
          int x = Raw.getInt(codes + 4L * (from + place));
          planes[to + place % 4 * 2 * LANES + place / 4] = (short) (x - (before << 4));
          before = x;
        }
      }
    }
  }

  /// Three planes of each vector: for the lower and the upper byte of each half, and what the
  /// difference from [#ZERO] adds.
  private static void eight(long codes, int padded, short[] planes, int at) {
    for (int i = 0; i < padded; i += 4 * LANES) {
      for (int half = 0; half < 2 * LANES; half++) {
        int low = Raw.getInt(codes + 4L * (i + 2 * half));
        int high = Raw.getInt(codes + 4L * (i + 2 * half + 1));
        int to = at + i / 2 * 3 + half;
        planes[to] = (short) low;
        planes[to + 2 * LANES] = (short) (high - (low << 8));
        planes[to + 4 * LANES] = (short) (-ZERO * (low + high));
      }
    }
  }
}
