package bessemer.tensor.mlx;

import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.mlx.BuiltMlx;
import bessemer.mlx.MlxException;
import bessemer.mlx.MlxMemory;
import bessemer.mlx.MlxType;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.AttentionContract;
import bessemer.tensor.BackendContract;
import bessemer.tensor.CacheContract;
import bessemer.tensor.DType;
import bessemer.tensor.DrawContract;
import bessemer.tensor.Engine;
import bessemer.tensor.GradientContract;
import bessemer.tensor.IndexContract;
import bessemer.tensor.OptimizerContract;
import bessemer.tensor.PrimitiveContract;
import bessemer.tensor.ProductContract;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.ModelContract;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The contract on real MLX, see [BuiltMlx].
class MlxContractTest
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

  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Override
  public Engine engine() {
    return Mlx.engine(BuiltMlx.GPU);
  }

  /// On Linux MLX adds up products of bf16 less exactly than PyTorch.
  @Override
  public double brainTolerance() {
    return 2e-2;
  }

  @Test
  void errorsCarryMlxsMessage() {
    Mlx mlx = new Mlx(BuiltMlx.GPU);
    try (Engine _ = new Engine(mlx)) {
      long two = mlx.c.full(new int[] {2, 3}, mlx.session.scalar(1f), MlxType.F32);
      assertThatThrownBy(() -> mlx.c.matmul(two, two))
          .isInstanceOf(MlxException.class)
          .hasMessageStartingWith("MLX: [matmul]")
          .hasMessageContaining("(2,3)");
    }
  }

  @Test
  void everyHandleIsReleasedWithItsScope() {
    Mlx mlx = new Mlx(BuiltMlx.GPU);
    try (Engine engine = new Engine(mlx)) {
      mlx.session.synchronize();
      long base = MlxMemory.now().active();
      for (int step = 0; step < 3; step++) {
        try (Scope _ = engine.scope()) {
          Tensor x = engine.fill(1, 64, 64);
          assertThat(x.matmul(x).softmax().sum(-1).toFloats()[0]).isCloseTo(1, within());
          assertThat(mlx.live()).isGreaterThan(3);
        }
        mlx.session.synchronize();
        assertThat(mlx.live()).isZero();
        assertThat(MlxMemory.now().active()).isEqualTo(base);
      }
    }
  }

  /// Also for numbers that no file of ours holds. Metal rounds otherwise in rare groups.
  @Test
  void weightsAreQuantizedAsMlxDoes() {
    Assumptions.assumeFalse(BuiltMlx.GPU, "Metal rounds otherwise");
    Mlx mlx = new Mlx(false);
    try (Engine _ = new Engine(mlx);
        Arena arena = Arena.ofConfined()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        var q = new Quantization(bits, 64);
        MemorySegment weights =
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, random(new Random(bits), 5 * 192));
        var ours =
            new AffineQuantizer.Packed(
                arena.allocate(4 * 5 * q.words(192)),
                arena.allocate(4 * 15),
                arena.allocate(4 * 15));
        AffineQuantizer.quantizeRows(q, DType.F32, 5, 192, weights, ours);
        long array = mlx.session.upload(weights, new int[] {5, 192}, MlxType.F32);
        long[] theirs = mlx.c.quantize(array, bits, 64);
        mlx.session.evaluate(theirs);
        assertSame(mlx, theirs[0], MlxType.U32, ours.words());
        assertSame(mlx, theirs[1], MlxType.F32, ours.scales());
        assertSame(mlx, theirs[2], MlxType.F32, ours.biases());
      }
    }
  }

  private static void assertSame(Mlx mlx, long array, int type, MemorySegment expected) {
    MemorySegment data = mlx.session.data(array, type, expected.byteSize());
    assertThat(data.mismatch(expected)).isEqualTo(-1);
  }

  private static org.assertj.core.data.Offset<Float> within() {
    return org.assertj.core.data.Offset.offset(1e-5f);
  }
}
