package bessemer.tensor;

/// Which keys a query may see: always one range, given a bound per row of the batch. A backend with
/// a faster way (a `"causal"` flag) recognises the record; one without materialises the ranges.
public sealed interface Mask {
  /// The bound is the number of keys before the first query.
  record Causal() implements Mask {}

  /// Causal, and no further back than `size` keys, the query's own included.
  record Window(long size) implements Mask {
    public Window {
      if (size < 1) {
        throw new IllegalArgumentException("a window of " + size + " keys");
      }
    }
  }

  /// The bound is the number of keys that are not padding.
  record Padded() implements Mask {}

  default long from(long bound, long query) {
    return switch (this) {
      case Causal _, Padded _ -> 0;
      case Window(long size) -> Math.max(0, bound + query + 1 - size);
    };
  }

  default long to(long bound, long query, long keys) {
    return switch (this) {
      case Causal _, Window _ -> Math.min(keys, bound + query + 1);
      case Padded _ -> Math.min(keys, bound);
    };
  }
}
