package bessemer.foundry.parity;

import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A mistake to plant in the parameters of a model, or why it cannot be made in this one.
sealed interface Defect {
  record Impossible(String because) implements Defect {}

  /// @param what in words
  /// @param changes towards a wrong weight
  record Planted(Engine engine, String what, List<Change> changes) implements Defect {
    public Planted {
      changes = List.copyOf(changes);
    }

    /// Whether a component is made with a changed weight.
    boolean touches(String path) {
      return changes.stream().anyMatch(change -> change.module().equals(path));
    }

    /// The path of the first.
    String module() {
      return changes.getFirst().module();
    }

    /// Runs with the wrong weights; the right ones stay where they are.
    <T> T during(int strength, Supplier<T> run) {
      List<T> result = new ArrayList<>();
      try (Scope _ = engine.scope()) {
        Runnable all = () -> result.add(run.get());
        for (Change change : changes) {
          Parameter parameter = change.parameter();
          Tensor wrong = engine.of(change.at(strength), parameter.shape());
          Runnable inside = all;
          all = () -> parameter.during(wrong, inside);
        }
        all.run();
      }
      return result.getFirst();
    }
  }

  /// `value + strength × direction`, in fp32 whatever the weight is stored in, so that a small step
  /// is not rounded away.
  record Change(Parameter parameter, float[] value, float[] direction) {
    /// The path of the layer whose weight it is.
    String module() {
      return parameter.path().substring(0, parameter.path().lastIndexOf('.'));
    }

    float[] at(int strength) {
      float[] changed = value.clone();
      for (int i = 0; i < changed.length; i++) {
        changed[i] += strength * direction[i];
      }
      return changed;
    }

    static Change towards(Parameter parameter, float[] wrong) {
      float[] value = parameter.value().toFloats();
      float[] direction = new float[value.length];
      for (int i = 0; i < value.length; i++) {
        direction[i] = wrong[i] - value[i];
      }
      return new Change(parameter, value, direction);
    }
  }
}
