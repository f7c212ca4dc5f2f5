package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import java.util.List;
import java.util.function.Function;

/// What a model is given for a case, and what becomes of what its layers put out: what PyTorch was
/// given and nothing, unless a mistake is planted.
///
/// @param pass makes the pass of the tokens
/// @param outputs stands between the layers
record Feed(
    List<Source> source, List<List<Integer>> tokens, Function<Tensor, Pass> pass, Outputs outputs) {

  interface Outputs {
    /// The value itself, or another of its shape.
    Tensor of(String path, Tensor value);
  }

  static Feed of(Case recorded) {
    return new Feed(recorded.source(), recorded.tokens(), Pass::of, (_, value) -> value);
  }

  Feed with(Source other) {
    return new Feed(List.of(other), tokens, pass, outputs);
  }

  Feed with(List<List<Integer>> other) {
    return new Feed(source, other, pass, outputs);
  }

  Feed through(Function<Tensor, Pass> other) {
    return new Feed(source, tokens, other, outputs);
  }

  Feed changing(Outputs other) {
    return new Feed(source, tokens, pass, other);
  }
}
