package bessemer.tensor.mlx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.mlx.BuiltMlx;
import bessemer.mlx.MlxException;
import bessemer.mlx.MlxMemory;
import bessemer.mlx.MlxType;
import bessemer.tensor.BackendContract;
import bessemer.tensor.Engine;
import bessemer.tensor.GradientContract;
import bessemer.tensor.PrimitiveContract;
import bessemer.tensor.ProductContract;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.ModelContract;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The contract on real MLX, see [BuiltMlx].
class MlxContractTest
    implements BackendContract,
        PrimitiveContract,
        ProductContract,
        GradientContract,
        ModelContract {

  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Override
  public Engine engine() {
    return Mlx.engine(BuiltMlx.GPU);
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

  private static org.assertj.core.data.Offset<Float> within() {
    return org.assertj.core.data.Offset.offset(1e-5f);
  }
}
