package bessemer.models;

import bessemer.mlx.BuiltMlx;
import bessemer.tensor.Engine;
import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import org.junit.jupiter.api.BeforeAll;

/// On MLX within the tolerance of the cpu: its fused kernels compute in fp32 as well, and strict
/// engines keep all of its bits.
class MlxGoldenTest extends GoldenContract {
  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Override
  Engine engine() {
    return new EngineChoice(BackendName.MLX, 1, true).engine();
  }
}
