package bessemer.tensor.nn;

import bessemer.tensor.Tensor;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Sets a share of the elements to zero and scales the others up, so that the mean stays: while
/// training only. Which elements depends on the key of the pass and the path alone, so that a pass
/// can be repeated.
public final class Dropout {
  private final float rate;
  private boolean training;
  private long key;

  public Dropout(float rate) {
    if (!(0 <= rate && rate < 1)) {
      throw new IllegalArgumentException("dropout is " + rate + ", not from 0 to below 1");
    }
    this.rate = rate;
  }

  public static Dropout none() {
    return new Dropout(0);
  }

  public float rate() {
    return rate;
  }

  /// Drops elements for the length of a computation.
  ///
  /// @param key another draws other elements
  public <T> T during(long key, Supplier<T> computation) {
    this.key = key;
    training = true;
    try {
      return computation.get();
    } finally {
      training = false;
    }
  }

  Tensor of(Tensor x, String path) {
    if (!training || rate == 0) {
      return x;
    }
    var random = new SplittableRandom(key * 0x9E37_79B9_7F4A_7C15L + path.hashCode());
    float[] kept = new float[Math.toIntExact(x.shape().size())];
    float scale = 1 / (1 - rate);
    for (int i = 0; i < kept.length; i++) {
      kept[i] = random.nextDouble() < rate ? 0 : scale;
    }
    return x.times(x.engine().of(kept, x.shape()).cast(x.dtype()));
  }
}
