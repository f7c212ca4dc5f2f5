package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.AttentionContract;
import bessemer.tensor.BackendContract;
import bessemer.tensor.CacheContract;
import bessemer.tensor.DrawContract;
import bessemer.tensor.Engine;
import bessemer.tensor.GradientContract;
import bessemer.tensor.Gradients;
import bessemer.tensor.IndexContract;
import bessemer.tensor.Keep;
import bessemer.tensor.OptimizerContract;
import bessemer.tensor.Parameter;
import bessemer.tensor.PrimitiveContract;
import bessemer.tensor.ProductContract;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.ModelContract;
import bessemer.tensor.nn.Section;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CpuContractTest
    implements BackendContract,
        PrimitiveContract,
        DrawContract,
        CacheContract,
        ProductContract,
        AttentionContract,
        IndexContract,
        GradientContract,
        OptimizerContract,
        ModelContract {
  @Override
  public Engine engine() {
    return Cpu.engine(2);
  }

  @Test
  void aStepOfTheSameShapesAsTheLastReservesNoMemory() {
    var cpu = new Cpu(2);
    try (Engine engine = new Engine(cpu)) {
      step(engine);
      long reserved = cpu.reservedBytes();
      step(engine);
      assertThat(reserved).isPositive();
      assertThat(cpu.reservedBytes()).isEqualTo(reserved);
    }
  }

  @Test
  void whatFailedKeepsNoMemory() {
    var cpu = new Cpu(1);
    try (Engine engine = new Engine(cpu);
        Scope _ = engine.scope()) {
      Tensor table = engine.fill(1, 4, 1000);
      Tensor wrong = engine.of(new int[] {0, 4}, 2);
      assertThatThrownBy(() -> table.gather(wrong)).isInstanceOf(IndexOutOfBoundsException.class);
      long reserved = cpu.reservedBytes();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> table.gather(wrong)).isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThat(cpu.reservedBytes()).isEqualTo(reserved);
    }
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    float[] alone = activations(1);
    for (int threads : new int[] {2, 3, 7}) {
      assertThat(activations(threads)).isEqualTo(alone);
    }
  }

  private static float[] activations(int threads) {
    try (Engine engine = Cpu.engine(threads);
        Scope _ = engine.scope()) {
      Tensor x = random(engine, new Random(5), 41, 1201);
      return x.sigmoid().plus(x.silu()).plus(x.softmax()).toFloats();
    }
  }

  @Test
  void ofSectionsThatAreComputedAgainOnlyTheInputsAreKept() {
    long all = reserved(Keep.ALL);
    long sections = reserved(Keep.SECTIONS);
    assertThat(sections).isLessThan(all / 3);
  }

  /// By the gradient of 16 sections of 12 values each.
  private static long reserved(Keep keep) {
    var cpu = new Cpu(1);
    try (Engine engine = new Engine(cpu);
        Scope _ = engine.scope()) {
      var parameter = new Parameter("w", random(engine, new Random(1), 64, 1024));
      Gradients.through(
          engine,
          keep,
          List.of(parameter),
          () -> {
            Tensor h = parameter.value();
            for (int i = 0; i < 16; i++) {
              Tensor x = h;
              h = h.replacedBy(new Section("s").run(x, () -> deep(x)));
            }
            return h;
          },
          out -> engine.fill(1, 64, 1024));
      return cpu.reservedBytes();
    }
  }

  private static Tensor deep(Tensor x) {
    Tensor y = x;
    for (int i = 0; i < 12; i++) {
      y = y.sigmoid();
    }
    return y;
  }

  private static void step(Engine engine) {
    try (Scope _ = engine.scope()) {
      Tensor x = random(engine, new Random(1), 33, 70);
      Tensor h = x.times(2);
      for (int layer = 0; layer < 3; layer++) {
        h = h.replacedBy(h.matmulTransposed(x).softmax().matmul(x).plus(x));
      }
      h.sum(-1).toFloats();
    }
  }
}
