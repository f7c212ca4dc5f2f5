package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReferencePackTest {
  @TempDir private Path directory;
  private String json = "";

  @BeforeEach
  void copy() throws IOException {
    Path golden = Goldens.directory("llama-tied");
    json = Files.readString(golden.resolve("reference.json"));
    for (String name : new String[] {"reference.json", "reference.safetensors"}) {
      Files.copy(golden.resolve(name), directory.resolve(name));
    }
  }

  private void write(String changed) throws IOException {
    Files.writeString(directory.resolve("reference.json"), changed);
  }

  @Test
  void readsWhatTheRecorderWrote() throws IOException {
    try (ReferencePack pack = ReferencePack.open(directory)) {
      var first = pack.cases().getFirst();
      assertThat(first.name()).isEqualTo("short");
      assertThat(first.length()).isEqualTo(16);
      assertThat(first.component("model.norm").orElseThrow().shape().dims())
          .containsExactly(1, 16, 32);
      assertThat(pack.origin().modelType()).isEqualTo("llama");
      assertThat(pack.recordedWith()).containsKeys("torch", "transformers", "python");
      assertThat(pack.greedy()).isPresent();
      assertThat(pack.values(first.logits()).byteSize()).isEqualTo(16 * 96 * 4);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"bessemer-reference\"|\"other\"|format: expected \"bessemer-reference\", got \"other\"",
        "\"version\": 1|\"version\": 2|version: this program reads 1, got 2",
        "\"float32\"|\"bfloat16\"|dtype: expected \"float32\"",
        "\"recorded_with\"|\"with\"|recorded_with: is missing",
        "\"model_type\": \"llama\"|\"model_type\": 7|source.model_type: expected a text, got \"7\"",
        "\"config_sha256\": \"|\"config_sha256\": \"x|source.config_sha256: expected 64",
        "\"name\": \"batch\"|\"name\": \"short\"|cases[1].name: a second case \"short\"",
        "\"short/model.norm\"|\"nowhere\"|\"nowhere\" is not in reference.safetensors",
        "\"short/model.norm\"|\"batch/model.layers.0\"|cases[0].components[35].tensor: ",
        "\"path\": \"model.norm\"|\"path\": \"model.layers.0\"|a second \"model.layers.0\"",
        "\"positions\": null|\"positions\": [3,2]|cases[0].positions: expected ascending",
        "\"positions\": null|\"positions\": [16]|positions below 16, got [16]",
        "\"positions\": null|\"positions\": []|cases[0].positions: is empty",
        "\"positions\": null|\"positions\": [1,2]|expected 1 rows first and 2 positions on axis 2",
        "[15,4|[-1,4|cases[0].tokens[0]: expected integers from 0, got \"-1\"",
        "[15,4|[96,4|cases[0].tokens: token 96 but logits of 96 tokens",
        "[15,4|[1],[15,4|cases[0].tokens: expected at least one row, and rows",
        "\"greedy\": {|\"greedy\": {\"prompt\": 1}, \"x\": {|greedy.prompt: expected a list, got \"1\"",
      })
  void namesTheFileAndTheField(String before, String after, String message) throws IOException {
    assertThat(json).contains(before);
    int at = json.indexOf(before);
    write(json.substring(0, at) + after + json.substring(at + before.length()));
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageStartingWith(directory.resolve("reference.json") + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    Files.delete(directory.resolve("reference.safetensors"));
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .hasMessageContaining("reference.safetensors: is missing: a reference pack is");
  }

  @Test
  void damageAnywhereIsAnErrorThatNamesTheFileOrHarmless() throws IOException {
    var random = new Random(11);
    for (int round = 0; round < 150; round++) {
      int at = random.nextInt(json.length());
      String damaged =
          switch (round % 3) {
            case 0 -> json.substring(0, at);
            case 1 ->
                json.substring(0, at) + (char) (32 + random.nextInt(95)) + json.substring(at + 1);
            default ->
                json.substring(0, at)
                    + json.substring(Math.min(json.length(), at + 1 + random.nextInt(9)));
          };
      write(damaged);
      Throwable problem = catchThrowable(() -> ReferencePack.open(directory).close());
      if (problem != null) {
        assertThat(problem)
            .isInstanceOf(BadCheckpointException.class)
            .hasMessageStartingWith(directory + "/reference.");
      }
    }
  }

  @Test
  void refusesValuesThatAreCutOff() throws IOException {
    Path values = directory.resolve("reference.safetensors");
    byte[] bytes = Files.readAllBytes(values);
    Files.write(values, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("reference.safetensors");
  }
}
