package bessemer.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Against attention of one row over the keys of its source alone.
class MemoryTest {
  private static final int[] LENGTHS = {5, 2, 7};
  private static final int HEADS = 2;
  private static final int WIDTH = 4;

  private final Random random = new Random(3);

  private Tensor random(Engine engine, long... dims) {
    long size = 1;
    for (long dim : dims) {
      size *= dim;
    }
    float[] values = new float[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return engine.of(values, dims);
  }

  private Memory.Layer layer(Engine engine) {
    return new Memory.Layer(random(engine, 3, HEADS, 7, WIDTH), random(engine, 3, HEADS, 7, WIDTH));
  }

  /// What one row of a pass should get.
  private static float[] alone(Memory.Layer layer, Tensor q, int row, int source) {
    Tensor keys = layer.keys().slice(0, source, source + 1).slice(2, 0, LENGTHS[source]);
    Tensor values = layer.values().slice(0, source, source + 1).slice(2, 0, LENGTHS[source]);
    Tensor bound = q.engine().of(new int[] {LENGTHS[source]}, 1);
    Tensor one = q.slice(0, row, row + 1);
    return one.attend(keys, values, bound, 0.5f, new Mask.Padded()).toFloats();
  }

  @Test
  void allBeamsOfASourceReadThatSourceAndNoPadding() {
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      Memory.Layer layer = layer(engine);
      Memory memory = Memory.of(engine, List.of(layer(engine), layer), LENGTHS);
      for (int beams : new int[] {1, 4}) {
        for (int queries : new int[] {1, 3}) {
          Tensor q = random(engine, 3L * beams, HEADS, queries, WIDTH);
          Tensor mixed = memory.attend(1, q, 0.5f);
          assertThat(mixed.shape()).isEqualTo(q.shape());
          for (int row = 0; row < 3 * beams; row++) {
            assertThat(mixed.slice(0, row, row + 1).toFloats())
                .containsExactly(alone(layer, q, row, row / beams), within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void whatIsKeptIsRoundedAndOutlivesItsScope() {
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      Memory.Layer layer = layer(engine);
      Tensor q = random(engine, 3, HEADS, 1, WIDTH);
      for (KvType type : KvType.values()) {
        Memory memory;
        try (Scope made = engine.scope()) {
          memory = Memory.of(engine, List.of(layer), LENGTHS).kept(made, type);
        }
        float bound = type == KvType.FP32 ? 1e-6f : type == KvType.FP16 ? 2e-3f : 3e-2f;
        for (int row = 0; row < 3; row++) {
          assertThat(memory.attend(0, q, 0.5f).slice(0, row, row + 1).toFloats())
              .as("%s", type)
              .containsExactly(alone(layer, q, row, row), within(bound));
        }
      }
    }
  }

  @Test
  void sourcesThatAreDoneLeave() {
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      Memory.Layer layer = layer(engine);
      Memory memory = Memory.of(engine, List.of(layer), LENGTHS).only(2, 0);
      Tensor q = random(engine, 2, HEADS, 1, WIDTH);
      Tensor mixed = memory.attend(0, q, 0.5f);
      assertThat(mixed.slice(0, 0, 1).toFloats())
          .containsExactly(alone(layer, q, 0, 2), within(1e-6f));
      assertThat(mixed.slice(0, 1, 2).toFloats())
          .containsExactly(alone(layer, q, 1, 0), within(1e-6f));
      assertThat(memory.only(1).bounds().toInts()).containsExactly(5);
      assertThatThrownBy(() -> memory.attend(0, random(engine, 3, HEADS, 1, WIDTH), 0.5f))
          .hasMessageContaining("3 rows are not as many for each of 2 sources");
    }
  }
}
