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
  void wrongNumbersAndKindsOfModelsAreSaidWithoutATrace() {
    var session = new Session(folder);
    Path llama = Session.GOLDENS.resolve("llama-tied");
    Path nllb = Path.of("../libs/models/src/test/resources/translation/nllb-trained");
    assertRefused(session.run("benchmark", llama, "--batch", "1,0"), 2, "not 512, 128, 0, 3");
    assertRefused(session.run("benchmark", nllb, "--tokens", 1), 2, "not 20, 1, 1, 1, 3");
    Path out = folder.resolve("out");
    assertRefused(
        session.run("train", "lora", nllb, "--data", "x", "--out", out), 1, "is a translator");
    Path file = llama.resolve("config.json");
    assertRefused(session.run("inspect", file), 3, "is a file: name the directory");
    assertRefused(session.run("convert", llama, "--local", "--out", file), 2, "is a file");
  }

  private static void assertRefused(Done done, int code, String reason) {
    assertThat(done.err()).contains(reason).doesNotContain("\tat ");
    assertThat(done.code()).isEqualTo(code);
    assertThat(done.out()).isEmpty();
  }

  @Test
  void commandsAreListedWithWholeSentences() {
    String help = new Session(folder).run("--help").out();
    assertThat(help)
        .contains("whether Bessemer computes right\n               on it.")
        .doesNotContain("It needs neither a");
  }
}
