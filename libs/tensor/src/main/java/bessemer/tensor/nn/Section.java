package bessemer.tensor.nn;

import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.function.Supplier;

/// A named part of a model whose intermediate tensors die at its end. One per block keeps the
/// memory of a forward pass that of one block. A body may run twice where gradients are taken.
public record Section(String path) {

  public Tensor run(Tensor input, Supplier<Tensor> body) {
    Engine engine = input.engine();
    return engine.section(
        input,
        () -> {
          try (Scope scope = engine.scope()) {
            return scope.keep(body.get().named(path));
          }
        });
  }
}
