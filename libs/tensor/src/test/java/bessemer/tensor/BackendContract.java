package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What every backend promises, primitive by primitive.
public interface BackendContract {
  /// A new engine of the calling thread.
  Engine engine();

  @Test
  default void errorsNameTheOperationAndTheShapes() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor a = engine.fill(1, 2, 3);
      Tensor b = engine.fill(1, 4, 5);
      assertThatThrownBy(() -> a.matmul(b))
          .hasMessage("Matmul[transposeB=false]: f32[2, 3] x f32[4, 5]: inner lengths differ");
      assertThatThrownBy(() -> a.plus(b))
          .hasMessage("Add[]: f32[2, 3] x f32[4, 5]: axes must be equal or 1");
    }
  }

  @Test
  default void aTensorIsRefusedAfterItsScope() {
    try (Engine engine = engine()) {
      Tensor escaped;
      try (Scope _ = engine.scope()) {
        escaped = engine.fill(1, 2, 3);
      }
      assertThatThrownBy(escaped::toFloats)
          .hasMessage("tensor f32[2, 3] is used after its scope closed: keep() it");
      assertThatThrownBy(() -> engine.fill(1, 2)).hasMessageStartingWith("no scope is open");
    }
  }

  @Test
  default void rowsAttendToKeysOfTheirOwn() {
    var r = new Random(4);
    Mask[] masks = {new Mask.Causal(), new Mask.Window(5), new Mask.Padded()};
    int[] rooms = {40, 7, 90};
    int[][] allBounds = {{31, 3, 80}, {0, 1, 64}, {36, 3, 9}};
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      for (int queries : new int[] {1, 4}) {
        for (Mask mask : masks) {
          for (int[] bounds : allBounds) {
            Tensor q = random(engine, r, 3, 6, queries, 16);
            List<Tensor> keys = new ArrayList<>();
            List<Tensor> values = new ArrayList<>();
            List<Tensor> expected = new ArrayList<>();
            for (int row = 0; row < 3; row++) {
              keys.add(random(engine, r, 1, 2, rooms[row], 16));
              values.add(random(engine, r, 1, 2, rooms[row], 16));
              Tensor bound = engine.of(new int[] {bounds[row]}, 1);
              Tensor line = q.slice(0, row, row + 1);
              expected.add(line.attend(keys.get(row), values.get(row), bound, .3f, mask));
            }
            Tensor got = q.attendRows(keys, values, engine.of(bounds, 3), .3f, mask);
            float[] alone = Tensor.concat(0, expected.toArray(Tensor[]::new)).toFloats();
            assertClose(mask + " " + queries, got.toFloats(), alone, 2e-6);
          }
        }
      }
    }
  }

  @Test
  default void placeUsesItsBufferUp() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor buffer = engine.fill(0, 1, 1, 4, 2);
      buffer.place(engine.fill(1, 1, 1, 1, 2), engine.of(new int[] {2}, 1));
      assertThatThrownBy(buffer::toFloats).hasMessageContaining("used after its scope closed");
    }
  }

  @Test
  default void placeLeavesAloneWhatOthersStillSee() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor buffer = engine.fill(0, 1, 1, 3, 1);
      Tensor seen = buffer.slice(2, 0, 3);
      Tensor placed = buffer.place(engine.fill(5, 1, 1, 1, 1), engine.of(new int[] {1}, 1));
      assertThat(placed.toFloats()).containsExactly(0, 5, 0);
      assertThat(seen.toFloats()).containsExactly(0, 0, 0);
    }
  }

  @Test
  default void indicesOutsideTheTableAreRefused() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor table = engine.fill(1, 4, 2);
      Tensor buffer = engine.fill(0, 1, 1, 4, 2);
      assertThatThrownBy(() -> table.gather(engine.of(new int[] {1, 4}, 2)).evaluate())
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("index 4 in a table of 4 rows");
      assertThatThrownBy(() ->
              buffer.place(engine.fill(1, 1, 1, 2, 2), engine.of(new int[] {3}, 1)).evaluate())
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("Place: 2 at 3 in a buffer of 4");
    }
  }

  @Test
  default void masksShowTheirRange() {
    float no = -1e30f;
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor bounds = engine.of(new int[] {1}, 1);
      assertThat(bounds.maskBias(new Mask.Causal(), 2, 3).toFloats())
          .containsExactly(0, 0, no, 0, 0, 0);
      assertThat(bounds.maskBias(new Mask.Window(2), 2, 3).toFloats())
          .containsExactly(0, 0, no, no, 0, 0);
      assertThat(bounds.maskBias(new Mask.Padded(), 2, 3).toFloats())
          .containsExactly(0, no, no, 0, no, no);
    }
  }

  @Test
  default void aQueryThatSeesNothingGetsZeros() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor q = engine.fill(1, 2, 1, 1, 2);
      Tensor k = engine.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 1, 2, 2);
      Tensor bounds = engine.of(new int[] {1, 0}, 2);
      float[] got = q.attend(k, k, bounds, 1, new Mask.Padded()).toFloats();
      assertClose("attention", got, new float[] {1, 2, 0, 0}, 1e-6);
    }
  }

  @Test
  default void attentionEqualsItsDefinition() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      var r = new Random(5);
      for (Mask mask : new Mask[] {new Mask.Causal(), new Mask.Window(3), new Mask.Padded()}) {
        Tensor q = random(engine, r, 2, 4, 5, 8);
        Tensor k = random(engine, r, 2, 2, 9, 8);
        Tensor v = random(engine, r, 2, 2, 9, 8);
        Tensor bounds = engine.of(new int[] {4, 2}, 2);
        Tensor scores = q.matmulTransposed(wide(k)).times(.3f).plus(bounds.maskBias(mask, 5, 9));
        float[] expected = scores.softmax().matmul(wide(v)).toFloats();
        float[] got = q.attend(k, v, bounds, .3f, mask).toFloats();
        assertClose(mask.toString(), got, expected, 1e-6);
      }
    }
  }

  private static Tensor wide(Tensor x) {
    Tensor each = x.reshape(x.dim(0), x.dim(1), 1, x.dim(2), x.dim(3));
    return each.broadcast(Shape.of(x.dim(0), x.dim(1), 2, x.dim(2), x.dim(3)))
        .reshape(x.dim(0), x.dim(1) * 2, x.dim(2), x.dim(3));
  }

  @Test
  default void narrowWeightsAreUsedAsTheyAre() {
    short[] bits = {0x3f80, 0x4000, (short) 0xbf00, 0x3e80}; // 1, 2, -0.5, 0.25
    try (Arena arena = Arena.ofShared();
        Engine engine = engine()) {
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_SHORT, bits);
      Tensor weight = engine.constant(data, new Spec(DType.BF16, Shape.of(2, 2)));
      try (Scope _ = engine.scope()) {
        Tensor x = engine.of(new float[] {3, 4}, 1, 2);
        assertThat(x.matmulTransposed(weight).toFloats()).containsExactly(11, -.5f);
        assertThat(weight.cast(DType.F32).cast(DType.BF16).toFloats()).isEqualTo(weight.toFloats());
      }
    }
  }

  @Test
  default void halvesRoundToTheNearest() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      float[] values = {1.0009765625f, 1 + 0x1p-11f, 65504, 1e-7f, -3.14159f};
      float[] halves = engine.of(values, 5).cast(DType.F16).toFloats();
      for (int i = 0; i < values.length; i++) {
        assertThat(halves[i]).isEqualTo(Float.float16ToFloat(Float.floatToFloat16(values[i])));
      }
    }
  }

  @Test
  default void quantizedProductsEqualThoseOfTheDequantizedWeights() {
    var r = new Random(9);
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int group : new int[] {32, 64, 128}) {
          var q = new Quantization(bits, group);
          int[] codes = r.ints(3L * q.words(256)).toArray();
          Spec words = new Spec(DType.U32, Shape.of(3, q.words(256)));
          Tensor packed = engine.copy(MemorySegment.ofArray(codes), words);
          Tensor scales = random(engine, r, 3, q.groups(256));
          Tensor biases = random(engine, r, 3, q.groups(256));
          Tensor x = random(engine, r, 2, 256);
          float[] weights = packed.dequantize(scales, biases, q).toFloats();
          float[] expected = product(x.toFloats(), weights, 2, 3, 256);
          float[] got = x.quantizedMatmul(packed, scales, biases, q).toFloats();
          assertClose(q.toString(), got, expected, 2e-5 * Math.sqrt(256) * (1 << bits));
          assertThat(weights[0])
              .isEqualTo(
                  (codes[0] & (1 << bits) - 1) * scales.toFloats()[0] + biases.toFloats()[0]);
        }
      }
    }
  }

  private static float[] product(float[] x, float[] w, int rows, int columns, int inner) {
    float[] out = new float[rows * columns];
    for (int i = 0; i < out.length; i++) {
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum += (double) x[i / columns * inner + k] * w[i % columns * inner + k];
      }
      out[i] = (float) sum;
    }
    return out;
  }

  @Test
  default void theLargestComeFirst() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor x = engine.of(new float[] {1, 3, 3, -1, -2, -1}, 2, 3);
      assertThat(x.argMax().toInts()).containsExactly(1, 0);
      assertThat(x.topK(2).toInts()).containsExactly(1, 2, 0, 2);
      assertThat(x.take(x.topK(2)).toFloats()).containsExactly(3, 3, -1, -1);
    }
  }

  @Test
  default void comparisonsChooseElementByElement() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor a = engine.of(new float[] {1, 5, 3}, 3);
      Tensor b = engine.of(new float[] {2, 4, 3}, 3);
      assertThat(a.lessThan(b).toInts()).containsExactly(1, 0, 0);
      assertThat(a.lessThan(b).where(a, b).toFloats()).containsExactly(1, 4, 3);
      assertThat(a.maximum(b).toFloats()).containsExactly(2, 5, 3);
      assertThat(a.minus(b).relu().toFloats()).containsExactly(0, 1, 0);
    }
  }

  @Test
  default void viewsShareAndProductsReadThroughThem() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      var r = new Random(6);
      Tensor x = random(engine, r, 3, 4, 5);
      Tensor y = x.transpose(2, 0, 1).slice(0, 1, 4); // [3, 3, 4]
      float[] expected = product(y.toFloats(), random(new Random(8), 6 * 4), 9, 6, 4);
      Tensor w = engine.of(random(new Random(8), 6 * 4), 6, 4);
      assertClose("product", y.matmulTransposed(w).toFloats(), expected, 1e-6);
      assertThat(x.transpose(2, 0, 1).transpose(1, 2, 0).toFloats()).isEqualTo(x.toFloats());
    }
  }

  @Test
  default void anotherThreadIsRefused() throws InterruptedException {
    try (Engine engine = engine()) {
      Throwable[] thrown = new Throwable[1];
      Thread other = Thread.ofPlatform().unstarted(engine::scope);
      other.setUncaughtExceptionHandler((_, e) -> thrown[0] = e);
      other.start();
      other.join();
      assertThat(thrown[0]).hasMessageContaining("this engine belongs to thread");
    }
  }
}
