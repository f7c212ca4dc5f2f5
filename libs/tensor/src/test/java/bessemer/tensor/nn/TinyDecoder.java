package bessemer.tensor.nn;

import bessemer.tensor.Mask;
import bessemer.tensor.Tensor;
import java.util.List;

/// A decoder of two blocks for tests of this module: pre-norm attention and a gated feed-forward.
final class TinyDecoder {
  static final int VOCABULARY = 23;
  private static final int DIM = 32;
  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final int HEAD_DIM = 8;

  private record Block(
      int index, RmsNorm norm, Linear q, Linear k, Linear v, Linear o, Linear up, Section section) {
    Block(int index, Params params) {
      this(
          index,
          params.rmsNorm("norm", DIM, 1e-5f),
          params.linear("q_proj", DIM, HEADS * HEAD_DIM, true),
          params.linear("k_proj", DIM, KEY_HEADS * HEAD_DIM, false),
          params.linear("v_proj", DIM, KEY_HEADS * HEAD_DIM, false),
          params.linear("o_proj", HEADS * HEAD_DIM, DIM, false),
          params.linear("up_proj", DIM, DIM, false),
          params.section());
    }

    Tensor forward(Tensor x, Rope rope, Pass pass) {
      return section.run(
          x,
          () -> {
            Tensor n = norm.forward(x);
            Tensor queries = rope.rotate(split(q.forward(n), HEADS), pass);
            Tensor keys = rope.rotate(split(k.forward(n), KEY_HEADS), pass);
            Tensor values = split(v.forward(n), KEY_HEADS);
            Tensor mixed = pass.attend(index, queries, keys, values, 0.35f, new Mask.Causal());
            Tensor h = x.plus(o.forward(mixed.transpose(0, 2, 1, 3).flatten(2, 3)));
            return h.plus(up.forward(h).silu());
          });
    }

    private static Tensor split(Tensor x, int heads) {
      return x.reshape(x.dim(0), x.dim(1), heads, HEAD_DIM).transpose(0, 2, 1, 3);
    }
  }

  private final Embedding embedding;
  private final Rope rope;
  private final List<Block> blocks;
  private final Linear head;

  TinyDecoder(Params params) {
    embedding = params.embedding("embed", VOCABULARY, DIM);
    rope = params.rope(new Rope.Spec(10_000), HEAD_DIM);
    blocks = List.of(new Block(0, params.at("layers.0")), new Block(1, params.at("layers.1")));
    head = params.linear("head", DIM, VOCABULARY, false);
  }

  Tensor forward(Pass pass) {
    Tensor h = embedding.forward(pass.tokens());
    for (Block block : blocks) {
      h = h.replacedBy(block.forward(h, rope, pass));
    }
    return head.forward(h);
  }
}
