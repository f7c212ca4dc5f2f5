package bessemer.tensor.mlx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.mlx.MlxException;
import bessemer.mlx.MlxType;
import bessemer.tensor.BackendContract;
import bessemer.tensor.Engine;
import bessemer.tensor.GradientContract;
import bessemer.tensor.OptimizerContract;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.ModelContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The contract on real MLX, where its library can be had: found by the property or where Homebrew
/// puts it, or built by `tools/mlx/build.sh` where Python and a C++ compiler are present. On a Mac
/// with mlx-c, `-Dbessemer.mlx.gpu=true` runs it on Metal.
class MlxContractTest
    implements BackendContract, GradientContract, OptimizerContract, ModelContract {

  private static final List<Path> HOMEBREW =
      List.of(Path.of("/opt/homebrew/lib/libmlxc.dylib"), Path.of("/usr/local/lib/libmlxc.dylib"));
  private static final boolean GPU = Boolean.getBoolean("bessemer.mlx.gpu");

  @BeforeAll
  static void findTheLibrary() throws IOException, InterruptedException {
    boolean installed = HOMEBREW.stream().anyMatch(Files::exists);
    if (System.getProperty("bessemer.mlxc") == null && !installed) {
      Path root = Path.of("").toAbsolutePath().getParent().getParent();
      Path script = root.resolve("tools/mlx/build.sh");
      Process build =
          new ProcessBuilder(List.of("bash", script.toString(), "target/mlx"))
              .redirectErrorStream(true)
              .start();
      String said = new String(build.getInputStream().readAllBytes()).strip();
      String last = said.substring(said.lastIndexOf('\n') + 1);
      if (build.waitFor() != 0) {
        System.out.println("MLX contract tests skipped: " + last);
        Assumptions.abort(last);
      }
      System.setProperty("bessemer.mlxc", Path.of(last).toAbsolutePath().toString());
    }
  }

  @Override
  public Engine engine() {
    return Mlx.engine(GPU);
  }

  /// On Linux MLX adds up products of bf16 less exactly than PyTorch.
  @Override
  public double brainTolerance() {
    return 2e-2;
  }

  @Test
  void errorsCarryMlxsMessage() {
    Mlx mlx = new Mlx(GPU);
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
    Mlx mlx = new Mlx(GPU);
    try (Engine engine = new Engine(mlx)) {
      mlx.session.synchronize();
      long base = mlx.session.activeMemory();
      for (int step = 0; step < 3; step++) {
        try (Scope _ = engine.scope()) {
          Tensor x = engine.fill(1, 64, 64);
          assertThat(x.matmul(x).softmax().sum(-1).toFloats()[0]).isCloseTo(1, within());
          assertThat(mlx.live()).isGreaterThan(3);
        }
        mlx.session.synchronize();
        assertThat(mlx.live()).isZero();
        assertThat(mlx.session.activeMemory()).isEqualTo(base);
      }
    }
  }

  private static org.assertj.core.data.Offset<Float> within() {
    return org.assertj.core.data.Offset.offset(1e-5f);
  }
}
