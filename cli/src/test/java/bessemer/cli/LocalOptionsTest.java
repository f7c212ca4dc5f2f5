package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Options that would be without effect are refused.
class LocalOptionsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate qwen --prompt x --threads 2",
        "generate qwen --prompt x --backend cpu",
        "chat qwen --kv int8",
        "translate nllb x --from en --to fr --strict",
        "eval translate nllb --src a --ref b --from en --to fr --strict",
        "convert . --name x --threads 1"
      })
  void onesOfThisProcessNameNoModelOfTheServices(String command) {
    String[] words = command.split(" ");
    Done done = new Session(folder).run((Object[]) words);
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("--local").doesNotContain("bessemer up");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "convert . --out x --local --from en",
        "convert . --out x --local --calibration entropy",
        "convert . --out x --local --dtype bf16 --group-size 32",
        "generate . --prompt x --raw --system y",
        "generate . --prompt x --threads -1",
        "validate . --reference x --kv int8"
      })
  void onesThatNothingHeedsAreRefused(String command) {
    String[] words = command.split(" ");
    Done done = new Session(folder).run((Object[]) words);
    assertThat(done.code()).as(done.err()).isEqualTo(2);
    assertThat(done.err()).containsPattern("--(calibrate FILE|group-size|raw|threads -1|kv)");
  }

  @Test
  void commandsAreListedWithWholeSentences() {
    String help = new Session(folder).run("--help").out();
    assertThat(help)
        .contains("whether Bessemer computes right\n               on it.")
        .doesNotContain("It needs neither a");
  }
}
