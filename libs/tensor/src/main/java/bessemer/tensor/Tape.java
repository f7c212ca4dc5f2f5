package bessemer.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Remembers what was computed from the given parameters, and differentiates it. Whatever does not
/// depend on them (frozen weights, masks, positions) is neither recorded nor kept, and of what does
/// only the values that a gradient reads stay alive ([Retention]).
final class Tape implements AutoCloseable {
  private record Entry(Primitive op, Tensor[] in, Tensor out) {}

  private final Engine engine;
  private final Scope home;
  private final @Nullable Tape outer;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<Tensor> tracked = new HashSet<>();

  Tape(Engine engine, List<Parameter> parameters, @Nullable Tape outer) {
    this.engine = engine;
    this.home = engine.current();
    this.outer = outer;
    parameters.forEach(parameter -> tracked.add(parameter.value()));
  }

  void record(Primitive op, Tensor[] in, Tensor out) {
    boolean[] wanted = new boolean[in.length];
    boolean depends = false;
    for (int i = 0; i < in.length; i++) {
      wanted[i] = tracked.contains(in[i]);
      depends |= wanted[i];
    }
    if (depends) {
      for (int i = 0; i < in.length; i++) {
        if (Retention.input(op, i, wanted)) {
          home.hold(in[i]);
        }
      }
      if (Retention.output(op)) {
        home.hold(out);
      }
      tracked.add(out);
      entries.add(new Entry(op, in, out));
    }
  }

  /// One gradient per parameter, in their order, in the current scope.
  ///
  /// @param seed makes the gradient of the output, unrecorded
  List<Tensor> gradients(Tensor output, UnaryOperator<Tensor> seed, List<Parameter> parameters) {
    Map<Tensor, Tensor> gradients = new HashMap<>();
    Tape active = engine.swap(null);
    try {
      gradients.put(output, seed.apply(output));
      for (Entry entry : entries.reversed()) {
        if (gradients.containsKey(entry.out)) {
          propagate(entry, gradients);
        }
      }
    } finally {
      engine.swap(active);
    }
    return parameters.stream().map(parameter -> reached(parameter, gradients)).toList();
  }

  private void propagate(Entry entry, Map<Tensor, Tensor> gradients) {
    try (Scope step = engine.scope()) {
      Tensor g = Objects.requireNonNull(gradients.remove(entry.out));
      new Backward(entry.op, entry.in, entry.out, g)
          .run((input, gradient) -> {
            if (tracked.contains(input)) {
              Tensor more = step.keep(gradient.get());
              gradients.merge(input, more, (a, b) -> step.keep(a.plus(b)));
            }
          });
      if (!gradients.containsValue(g)) {
        step.take(g); // not passed on as it is, so nobody will ask for it again
      }
    }
  }

  private static Tensor reached(Parameter parameter, Map<Tensor, Tensor> gradients) {
    Tensor gradient = gradients.get(parameter.value());
    if (gradient == null) {
      throw new IllegalStateException("the loss does not depend on " + parameter);
    }
    return gradient;
  }

  @Override
  public void close() {
    engine.swap(outer);
  }
}
