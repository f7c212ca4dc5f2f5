package bessemer.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Remembers what was computed from the given parameters, and differentiates it. Whatever does not
/// depend on them (frozen weights, masks, positions) is neither recorded nor kept, and of what does
/// only the values that a gradient reads stay alive ([Retention]).
final class Tape implements AutoCloseable {
  private sealed interface Entry {
    Tensor out();
  }

  private record Done(Primitive op, Tensor[] in, Tensor out) implements Entry {}

  /// What is to be computed once more.
  private record Section(Tensor input, Supplier<Tensor> body, Tensor out) implements Entry {}

  private final Engine engine;
  private final Scope home;
  private final @Nullable Tape outer;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<Tensor> tracked = new HashSet<>();
  private final List<Tensor> variables;
  private final Keep keep;

  Tape(Engine engine, List<Tensor> variables, Keep keep, @Nullable Tape outer) {
    this.engine = engine;
    this.variables = variables;
    this.keep = keep;
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
      entries.add(new Done(op, in, out));
    }
  }

  /// Computes a part that depends on nothing but the input, variables, and what lives longer.
  Tensor section(Tensor input, Supplier<Tensor> body) {
    if (keep == Keep.ALL) {
      return body.get();
    }
    engine.swap(null);
    try {
      Tensor out = body.get();
      home.hold(input);
      tracked.add(out);
      entries.add(new Section(input, body, out));
      return out;
    } finally {
      engine.swap(this);
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
        if (gradients.containsKey(entry.out())) {
          switch (entry) {
            case Done done -> propagate(done, gradients);
            case Section section -> again(section, gradients);
          }
        }
      }
    } finally {
      engine.swap(active);
    }
    return gradients;
  }

  private void again(Section section, Map<Tensor, Tensor> gradients) {
    List<Tensor> sources = new ArrayList<>(variables);
    if (tracked.contains(section.input) && !sources.contains(section.input)) {
      sources.add(section.input);
    }
    try (Scope step = engine.scope();
        Tape tape = engine.tape(sources, Keep.ALL)) {
      Tensor g = Objects.requireNonNull(gradients.remove(section.out));
      Map<Tensor, Tensor> inner = tape.gradients(section.body.get(), _ -> g.alias());
      for (Tensor source : sources) {
        Tensor more = inner.get(source);
        if (more != null) {
          gradients.merge(source, step.keep(more), (a, b) -> step.keep(a.plus(b)));
        }
      }
      if (!gradients.containsValue(g)) {
        step.take(g);
      }
    }
  }

  private void propagate(Done entry, Map<Tensor, Tensor> gradients) {
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
