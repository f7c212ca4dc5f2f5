package bessemer.tensor.nn;

import bessemer.tensor.Mask;
import bessemer.tensor.Tensor;

/// One forward pass: its tokens, where they stand, and what they may look back to. Made once,
/// shared by all layers.
///
/// Letters: B rows, L tokens of the longest row, H query heads, K key heads, E head width.
public sealed interface Pass permits Pass.Fresh, CachedPass {

  /// A pass that sees nothing but its own tokens and remembers nothing: training, encoders.
  ///
  /// @param tokens i32 `[B, L]`
  static Pass of(Tensor tokens) {
    int[] zeros = new int[Math.toIntExact(tokens.dim(0))];
    return new Fresh(tokens, tokens.engine().of(zeros, zeros.length));
  }

  /// i32 `[B, L]`
  Tensor tokens();

  /// The position of each row's first token, i32 `[B]`.
  Tensor offsets();

  /// The first position that no row reaches.
  long end();

  /// Remembers the keys and values of one layer, and mixes all values that the queries may see.
  ///
  /// @param q BHLE
  /// @param k BKLE
  /// @param v BKLE
  /// @return BHLE
  Tensor attend(int layer, Tensor q, Tensor k, Tensor v, float scale, Mask mask);

  /// The last token of each row: BLD to `[B, 1, D]`.
  Tensor last(Tensor h);

  record Fresh(Tensor tokens, Tensor offsets) implements Pass {
    @Override
    public long end() {
      return tokens.dim(1);
    }

    @Override
    public Tensor attend(int layer, Tensor q, Tensor k, Tensor v, float scale, Mask mask) {
      return q.attend(k, v, offsets, scale, mask);
    }

    @Override
    public Tensor last(Tensor h) {
      return h.slice(1, h.dim(1) - 1, h.dim(1));
    }
  }
}
