package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.checkpoint.Checkpoint;
import bessemer.tensor.Engine;
import bessemer.tensor.Gradients;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The loss of whole models, and its gradient by every weight, against PyTorch
/// (`tools/goldens/training.py`).
class TrainingGoldenTest {
  private static final Path RECORDED = Path.of("src/test/resources/training");

  @ParameterizedTest
  @ValueSource(strings = {"llama-tied", "llama-untied-gqa", "qwen2-tied", "qwen3"})
  void everyGradientOfAWholeModelEqualsPyTorchs(String name) throws IOException {
    try (Checkpoint recorded = Checkpoint.open(RECORDED.resolve(name + ".safetensors"));
        Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, Golden.directory(name));
        Scope _ = engine.scope()) {
      Tensor tokens = engine.of(ints(recorded, "tokens"), 2, 10);
      int[] next = ints(recorded, "targets");
      Tensor targets = engine.of(next, 2, 10);
      float counted = Arrays.stream(next).filter(target -> target >= 0).count();
      var gradients =
          Gradients.of(
              engine,
              loaded.parameters(),
              () ->
                  loaded
                      .model()
                      .forward(Pass.of(tokens), Want.ALL)
                      .crossEntropy(targets)
                      .mean()
                      .times(next.length / counted));
      assertThat(gradients.loss().item()).isCloseTo(floats(recorded, "loss")[0], within(1e-5f));
      assertThat(recorded.tensors()).hasSize(gradients.parameters().size() + 3);
      for (int i = 0; i < gradients.values().size(); i++) {
        String path = gradients.parameters().get(i).path();
        close(path, gradients.values().get(i).toFloats(), floats(recorded, path));
      }
    }
  }

  private static void close(String path, float[] actual, float[] expected) {
    float largest = 0;
    float error = 0;
    assertThat(actual).as(path).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(actual[i] - expected[i]));
    }
    assertThat(largest).as(path).isPositive();
    assertThat(error).as(path).isLessThan(1e-5f * Math.max(0.01f, largest) + 1e-7f);
  }

  private static float[] floats(Checkpoint recorded, String name) {
    return recorded.data(name).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  private static int[] ints(Checkpoint recorded, String name) {
    return recorded.data(name).toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }
}
