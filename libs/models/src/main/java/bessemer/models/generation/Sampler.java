package bessemer.models.generation;

import bessemer.tensor.Tensor;
import java.util.Arrays;
import java.util.BitSet;

/// Chooses the tokens of one text. Works in arrays that are allocated once.
///
/// Tokens are ranked by keys of 64 bits: the logit's bits in an order that integers share, then the
/// id, so that of equal logits the lower id comes first.
public final class Sampler {
  private static final long WEYL = 0x9E3779B97F4A7C15L;

  private static final int FINE = Long.SIZE - 53; // bits that a double has not
  private static final int COARSE = Long.SIZE - 23; // so that u times a sum of floats is below it

  private final Sampling sampling;
  private final BitSet seen = new BitSet();
  private final long[] keys;
  private final double[] weights;
  private long drawn;

  public Sampler(Sampling sampling, int vocabulary) {
    this.sampling = sampling;
    boolean draws = sampling.temperature() > 0;
    this.keys = new long[draws ? vocabulary : 0];
    this.weights = new double[draws ? vocabulary : 0];
  }

  /// Counts the token as repeated from now on.
  public void see(int token) {
    seen.set(token);
  }

  /// The next token.
  ///
  /// @param logits one for each token; changed
  public int next(float[] logits) {
    penalize(logits);
    int best = argMax(logits);
    if (sampling.temperature() == 0) {
      return best;
    }
    int candidates = topK(logits);
    boolean ranked = candidates < logits.length;
    if (ranked) {
      Arrays.sort(keys, 0, candidates);
    }
    double sum = weigh(logits, candidates, logits[best]);
    if (sampling.topP() < 1) {
      candidates = topP(candidates, sum);
      ranked = true;
      weigh(logits, candidates, logits[best]);
    }
    candidates = minP(candidates);
    return draw(candidates, ranked);
  }

  /// The same within the graph, but for last bits, where there is no penalty.
  ///
  /// @param logits `[B, 1, V]` with one row
  /// @return i32 `[1, 1]`; -1 where logits are no numbers
  Tensor next(Tensor logits) {
    if (sampling.temperature() == 0) {
      return logits.argMax();
    }
    float uniform = (uniform() >>> COARSE) * 0x1p-23f;
    Tensor one = logits.engine().of(new float[] {uniform}, 1, 1);
    return logits.draw(one, sampling.rules());
  }

  private void penalize(float[] logits) {
    float penalty = sampling.repetitionPenalty();
    if (penalty == 1) {
      return;
    }
    for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
      logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
    }
  }

  private static int argMax(float[] logits) {
    int best = 0;
    for (int i = 0; i < logits.length; i++) {
      if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
        throw new IllegalStateException("the logit of token " + i + " is " + logits[i]);
      }
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  /// Fills the keys; returns how many there are.
  private int topK(float[] logits) {
    int k = sampling.topK() == 0 ? logits.length : Math.min(sampling.topK(), logits.length);
    if (k == logits.length) {
      for (int i = 0; i < k; i++) {
        keys[i] = key(logits[i], i);
      }
      return k;
    }
    for (int i = 0; i < logits.length; i++) { // the k largest so far, a heap with the least on top
      long key = key(logits[i], i);
      if (i < k) {
        rise(key, i);
      } else if (key > keys[0]) {
        sink(key, k);
      }
    }
    return k;
  }

  private void rise(long key, int at) {
    int place = at;
    while (place > 0 && keys[(place - 1) / 2] > key) {
      keys[place] = keys[(place - 1) / 2];
      place = (place - 1) / 2;
    }
    keys[place] = key;
  }

  private void sink(long key, int size) {
    int place = 0;
    while (2 * place + 1 < size) {
      int child = 2 * place + 1;
      if (child + 1 < size && keys[child + 1] < keys[child]) {
        child++;
      }
      if (keys[child] >= key) {
        break;
      }
      keys[place] = keys[child];
      place = child;
    }
    keys[place] = key;
  }

  /// Probabilities of the candidates but for the factor that is returned: their sum. Logits over a
  /// low temperature may be infinite, and their differences no numbers: they are taken before.
  private double weigh(float[] logits, int candidates, float largest) {
    double sum = 0;
    for (int i = 0; i < candidates; i++) {
      weights[i] = Math.exp(((double) logits[id(keys[i])] - largest) / sampling.temperature());
      sum += weights[i];
    }
    return sum;
  }

  /// Sorts the candidates that matter, most likely first, and returns how many stay.
  private int topP(int candidates, double sum) {
    // All below this together are less than what top-p leaves out: they need not be sorted.
    double least = (1 - (double) sampling.topP()) * sum / candidates;
    int some = 0;
    for (int i = 0; i < candidates; i++) {
      if (weights[i] >= least) {
        keys[some] = keys[i];
        weights[some] = weights[i];
        some++;
      }
    }
    Arrays.sort(keys, 0, some);
    Arrays.sort(weights, 0, some);
    double reached = 0;
    int kept = 0;
    while (kept < some && reached < sampling.topP() * sum) {
      kept++;
      reached += weights[some - kept];
    }
    System.arraycopy(keys, some - kept, keys, 0, kept);
    return kept;
  }

  private int minP(int candidates) {
    int kept = 0;
    for (int i = 0; i < candidates; i++) { // the most likely weighs 1
      if (weights[i] >= sampling.minP()) {
        keys[kept] = keys[i];
        weights[kept] = weights[i];
        kept++;
      }
    }
    return kept;
  }

  /// @param ranked the candidates are sorted, the most likely last, and drawn from there
  private int draw(int candidates, boolean ranked) {
    double sum = 0;
    for (int i = 0; i < candidates; i++) {
      sum += weights[i];
    }
    double rest = (uniform() >>> FINE) * 0x1p-53 * sum;
    int step = ranked ? -1 : 1;
    int i = ranked ? candidates - 1 : 0;
    for (int left = candidates - 1; left > 0 && rest >= weights[i]; left--) {
      rest -= weights[i];
      i += step;
    }
    return id(keys[i]);
  }

  /// 64 bits from the seed and the number of draws before: SplitMix64's mixing of a counter.
  private long uniform() {
    return mix(mix(sampling.seed()) + WEYL * ++drawn);
  }

  private static long mix(long seed) {
    long z = (seed ^ seed >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  private static long key(float logit, int id) {
    int bits = Float.floatToRawIntBits(logit + 0f); // of both zeros the positive one
    int ordered = bits ^ bits >> 31 & Integer.MAX_VALUE;
    return (long) ordered << 32 | ~id & 0xFFFFFFFFL;
  }

  private static int id(long key) {
    return ~(int) key;
  }
}
