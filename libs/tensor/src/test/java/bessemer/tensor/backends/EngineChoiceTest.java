package bessemer.tensor.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.mlx.MlxStatus;
import bessemer.tensor.nn.KvType;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EngineChoiceTest {
  @Test
  void automaticIsMlxWhereMetalIs() {
    assertThat(BackendName.automatic(mlx(true, true))).isEqualTo(BackendName.MLX);
    assertThat(BackendName.automatic(mlx(false, true))).isEqualTo(BackendName.CPU);
    assertThat(BackendName.automatic(mlx(false, false))).isEqualTo(BackendName.CPU);
    assertThat(BackendName.automatic(new MlxStatus.Unusable("none"))).isEqualTo(BackendName.CPU);
  }

  private static MlxStatus mlx(boolean metal, boolean gpu) {
    return new MlxStatus.Usable(
        "lib", "1", metal, gpu, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
  }

  @Test
  void theChoiceIsWhatComputes() {
    var choice = new EngineChoice(BackendName.CPU, 1, false);
    assertThat(choice.describe()).startsWith("cpu");
    try (Engine engine = EngineChoice.exact(1).engine();
        Scope _ = engine.scope()) {
      assertThat(engine.fill(2, 3).sum(-1).toFloats()).containsExactly(6);
    }
  }

  @Test
  void keysAndValuesAreHalvesWhereNothingAsksForMore() {
    var fast = new EngineChoice(BackendName.CPU, 1, false);
    var mlx = new EngineChoice(BackendName.MLX, 1, false);
    assertThat(fast.cache(null)).isEqualTo(KvType.FP16);
    assertThat(fast.cache(KvType.INT8)).isEqualTo(KvType.INT8);
    assertThat(EngineChoice.exact(1).cache(null)).isEqualTo(KvType.FP32);
    assertThat(mlx.cache(null)).isEqualTo(KvType.FP32);
    assertThat(mlx.cache(KvType.BF16)).isEqualTo(KvType.BF16);
    assertThat(mlx.cache(KvType.INT8)).isEqualTo(KvType.INT8);
  }

  @Test
  void aProcessorNeedsAThread() {
    assertThatThrownBy(() -> EngineChoice.exact(0)).hasMessage("0 threads cannot compute");
  }
}
