package bessemer.tensor;

import java.util.ArrayList;
import java.util.Collection;
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

  Tape(Engine engine, Collection<Tensor> variables, @Nullable Tape outer) {
    this.engine = engine;
    this.home = engine.current();
    this.outer = outer;
    tracked.addAll(variables);
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

  /// The gradients of the variables that the output depends on, in the current scope.
  ///
  /// @param seed makes the gradient of the output, unrecorded
  Map<Tensor, Tensor> gradients(Tensor output, UnaryOperator<Tensor> seed) {
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
    return gradients;
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

  @Override
  public void close() {
    engine.swap(outer);
  }
}
