package bessemer.mlx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlxLibraryTest {
  private static final Path PATH = Path.of("/opt/homebrew/lib/libmlxc.dylib");

  @ParameterizedTest
  @ValueSource(strings = {"0.31.2", "0.32.0", "0.9"})
  void anOldMlxIsRefusedWithWhatToDo(String version) {
    assertThat(MlxLibrary.tooOld(version, PATH))
        .isEqualTo(
            "MLX %s, which %s loads, is older than 0.32.1: brew upgrade mlx-c"
                .formatted(version, PATH));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.32.1", "0.32.2", "0.33.0", "1.0", "0.32.2.dev20261101+abc"})
  void aNewOneIsTaken(String version) {
    assertThat(MlxLibrary.tooOld(version, PATH)).isNull();
  }
}
