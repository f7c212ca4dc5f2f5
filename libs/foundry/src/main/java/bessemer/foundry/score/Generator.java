package bessemer.foundry.score;

/// numpy's default generator: PCG64 (O'Neill 2014, XSL-RR 128/64) seeded through numpy's
/// `SeedSequence`. Samples are numpy's, draw by draw, so that intervals and p-values are those of
/// sacrebleu.
final class Generator {
  private static final long MULTIPLIER_HIGH = 0x2360ed051fc65da4L;
  private static final long MULTIPLIER_LOW = 0x4385df649fccf645L;

  private long high; // of the state
  private long low;
  private final long stepHigh;
  private final long stepLow;
  private int spare; // the upper half of the last draw
  private boolean hasSpare;
  private int bits;
  private int bitsLeft;

  /// @param seed not negative
  Generator(long seed) {
    long[] words = SeedSequence.of(seed);
    stepHigh = words[2] << 1 | words[3] >>> 63;
    stepLow = words[3] << 1 | 1;
    step();
    add(words[0], words[1]);
    step();
  }

  private void add(long moreHigh, long moreLow) {
    low += moreLow;
    high += moreHigh + (Long.compareUnsigned(low, moreLow) < 0 ? 1 : 0);
  }

  private void step() {
    long product =
        Math.unsignedMultiplyHigh(low, MULTIPLIER_LOW)
            + high * MULTIPLIER_LOW
            + low * MULTIPLIER_HIGH;
    low *= MULTIPLIER_LOW;
    high = product;
    add(stepHigh, stepLow);
  }

  long nextLong() {
    step();
    return Long.rotateRight(high ^ low, (int) (high >>> 58));
  }

  private int nextInt() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    long drawn = nextLong();
    spare = (int) (drawn >>> 32);
    hasSpare = true;
    return (int) drawn;
  }

  /// From 0 to below `bound`, as `choice` and `integers` draw it (Lemire 2019).
  int below(int bound) {
    if (bound == 1) {
      return 0; // takes no draw
    }
    long product = (nextInt() & 0xffffffffL) * bound;
    if ((product & 0xffffffffL) < bound) {
      long threshold = (1L << 32) % bound;
      while ((product & 0xffffffffL) < threshold) {
        product = (nextInt() & 0xffffffffL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /// As `integers(2, dtype=bool)` fills an array: 32 from a draw, the lowest bit first.
  boolean nextBoolean() {
    if (bitsLeft == 0) {
      bits = nextInt();
      bitsLeft = 32;
    } else {
      bits >>>= 1;
    }
    bitsLeft--;
    return (bits & 1) != 0;
  }
}
