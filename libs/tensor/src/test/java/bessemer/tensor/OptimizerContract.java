package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.optim.AdamW;
import bessemer.tensor.optim.Clipping;
import bessemer.tensor.optim.Muon;
import bessemer.tensor.optim.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Optimizers, on every backend, against what PyTorch recorded.
public interface OptimizerContract {
  /// A new engine of the calling thread.
  Engine engine();

  /// How far three steps of Muon with bf16 iterations may be from PyTorch's: they amplify rounding,
  /// and each product may add up in an order of its own.
  default double brainTolerance() {
    return 4e-3;
  }

  private static List<Parameter> parameters(Engine engine, Goldens goldens, String prefix) {
    List<Parameter> parameters = new ArrayList<>();
    try (Scope _ = engine.scope()) {
      for (String name : goldens.numbered(prefix + "/start/")) {
        parameters.add(new Parameter(name, goldens.tensor(engine, name)));
      }
    }
    return parameters;
  }

  private static List<Tensor> gradients(Engine engine, Goldens goldens, String prefix, int step) {
    return goldens.numbered(prefix + "/gradient" + step + "/").stream()
        .map(name -> goldens.tensor(engine, name))
        .toList();
  }

  @Test
  default void adamWStepsAsPyTorchDoes() {
    Goldens goldens = Goldens.read("optimizers.txt");
    float[] rates = {0.1f, 0.05f, 0.1f, 0.02f, 0.01f, 0.1f};
    try (Engine engine = engine()) {
      List<Parameter> parameters = parameters(engine, goldens, "adamw");
      var optimizer = new AdamW(parameters, new AdamW.Settings(0.9f, 0.95f, 1e-6f, 0.1f));
      for (int step = 0; step < rates.length; step++) {
        try (Scope _ = engine.scope()) {
          optimizer.step(gradients(engine, goldens, "adamw", step), rates[step]);
        }
        for (int i = 0; i < parameters.size(); i++) {
          String name = "adamw/after" + step + "/" + i;
          assertClose(name, parameters.get(i).value().toFloats(), goldens.numbers(name), 2e-6);
        }
      }
    }
  }

  @Test
  default void muonStepsAsItsDefinitionInPyTorch() {
    Goldens goldens = Goldens.read("optimizers.txt");
    for (DType precision : List.of(DType.F32, DType.BF16)) {
      try (Engine engine = engine()) {
        List<Parameter> parameters = parameters(engine, goldens, "muon");
        var optimizer = new Muon(parameters, new Muon.Settings(0.95f, 0.85f, 300, precision));
        for (int step = 0; step < 3; step++) {
          try (Scope _ = engine.scope()) {
            optimizer.step(gradients(engine, goldens, "muon", step), 0.02f);
          }
        }
        for (int i = 0; i < parameters.size(); i++) {
          String name = "muon/" + precision + "/" + i;
          double tolerance = precision == DType.F32 ? 1e-5 : brainTolerance();
          assertClose(name, parameters.get(i).value().toFloats(), goldens.numbers(name), tolerance);
        }
      }
    }
  }

  @Test
  default void gradientsAreClippedByTheirCommonNorm() {
    Goldens goldens = Goldens.read("optimizers.txt");
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      List<Tensor> gradients = gradients(engine, goldens, "adamw", 0);
      Clipping clipped = Clipping.of(gradients, 0.7f);
      assertClose("norm", new float[] {clipped.norm()}, goldens.numbers("clip/norm"), 1e-6);
      for (int i = 0; i < gradients.size(); i++) {
        float[] expected = goldens.numbers("clip/" + i);
        assertClose("clip", clipped.gradients().get(i).toFloats(), expected, 1e-6);
      }
      assertThat(Clipping.of(gradients, 1e6f).gradients()).isEqualTo(gradients);
    }
  }

  @Test
  default void anOptimizerGoesOnFromItsSavedState() {
    Goldens goldens = Goldens.read("optimizers.txt");
    try (Engine engine = engine()) {
      List<Parameter> first = parameters(engine, goldens, "muon");
      List<Parameter> second = parameters(engine, goldens, "muon");
      goesOn(engine, goldens, List.of(first, second), all -> new AdamW(all, settings()));
      goesOn(
          engine,
          goldens,
          List.of(first, second),
          all -> new Muon(all, new Muon.Settings(0.95f, 0.85f, 2, DType.F32)));
    }
  }

  private static AdamW.Settings settings() {
    return AdamW.Settings.standard();
  }

  private static void goesOn(
      Engine engine,
      Goldens goldens,
      List<List<Parameter>> both,
      Function<List<Parameter>, Optimizer> constructor) {
    Optimizer straight = constructor.apply(both.get(0));
    Optimizer stopped = constructor.apply(both.get(1));
    for (int step = 0; step < 3; step++) {
      try (Scope _ = engine.scope()) {
        straight.step(gradients(engine, goldens, "muon", step), 0.1f);
        stopped.step(gradients(engine, goldens, "muon", step), 0.1f);
        SequencedMap<String, Tensor> saved = new LinkedHashMap<>();
        stopped.state().forEach((name, t) -> saved.put(name, engine.of(t.toFloats(), t.shape())));
        Optimizer next = constructor.apply(both.get(1));
        next.restore(stopped.steps(), saved);
        stopped = next;
      }
    }
    for (int i = 0; i < both.get(0).size(); i++) {
      assertThat(both.get(1).get(i).value().toFloats())
          .isEqualTo(both.get(0).get(i).value().toFloats());
    }
  }

  @Test
  default void muonRefusesWhatIsNoMatrix() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      var vector = new Parameter("norm.weight", Numbers.random(engine, new Random(1), 4));
      assertThatThrownBy(() -> new Muon(List.of(vector), Muon.Settings.standard()))
          .hasMessage("norm.weight [4] is no matrix: give it to AdamW");
    }
  }
}
