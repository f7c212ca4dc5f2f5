package bessemer.tensor.optim;

import bessemer.tensor.Tensor;
import java.util.List;
import java.util.SequencedMap;

/// Changes parameters by the gradients of a loss, and remembers what it needs of earlier ones.
public sealed interface Optimizer permits AdamW, Muon {

  /// @param gradients one per parameter, in their order
  /// @param rate how far to go
  void step(List<Tensor> gradients, float rate);

  /// Steps taken.
  long steps();

  /// What it remembers, by names that begin with the parameters' paths. The tensors are gone after
  /// the next step.
  SequencedMap<String, Tensor> state();

  /// Goes on where another of the same parameters was.
  ///
  /// @param state of exactly the names and shapes of [#state], fp32
  void restore(long steps, SequencedMap<String, Tensor> state);
}
