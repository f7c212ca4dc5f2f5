package bessemer.models.generation;

import bessemer.mlx.BuiltMlx;
import bessemer.tensor.Engine;
import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import org.junit.jupiter.api.BeforeAll;

class MlxAheadTest extends AheadContract {
  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Override
  Engine engine() {
    return new EngineChoice(BackendName.MLX, 1, true).engine();
  }
}
