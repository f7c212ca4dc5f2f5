package bessemer.foundry.score;

/// numpy's way from a seed to the state of a generator: 32-bit words of the seed are hashed into a
/// pool of four, mixed with one another, and hashed again on the way out.
final class SeedSequence {
  private static final int POOL = 4;

  private int hash;

  private SeedSequence(int hash) {
    this.hash = hash;
  }

  /// Four words of 64 bits.
  static long[] of(long seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("a seed is not negative: " + seed);
    }
    int[] pool = pool((int) seed, (int) (seed >>> 32));
    var out = new SeedSequence(0x8b51f9dd);
    long[] words = new long[4];
    for (int i = 0; i < 8; i++) {
      long half = out.hashed(pool[i % POOL], 0x58f38ded) & 0xffffffffL;
      words[i / 2] |= half << 32 * (i % 2);
    }
    return words;
  }

  private static int[] pool(int... seed) {
    var in = new SeedSequence(0x43b0d7e5);
    int[] pool = new int[POOL];
    for (int i = 0; i < POOL; i++) {
      pool[i] = in.hashed(i < seed.length ? seed[i] : 0, 0x931e8875);
    }
    for (int from = 0; from < POOL; from++) {
      for (int to = 0; to < POOL; to++) {
        if (from != to) {
          int mixed = 0xca01f9dd * pool[to] - 0x4973f715 * in.hashed(pool[from], 0x931e8875);
          pool[to] = mixed ^ mixed >>> 16;
        }
      }
    }
    return pool;
  }

  private int hashed(int value, int multiplier) {
    int mixed = value ^ hash;
    hash *= multiplier;
    mixed *= hash;
    return mixed ^ mixed >>> 16;
  }
}
