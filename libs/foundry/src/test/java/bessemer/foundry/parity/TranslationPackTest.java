package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TranslationPackTest {
  private static final String FILE = "reference.json";
  private static final String VALUES = "reference.safetensors";

  @TempDir private Path directory;
  private String json = "";

  @BeforeEach
  void copy() throws IOException {
    Path pack = Goldens.pack("nllb-trained");
    json = Files.readString(pack.resolve(FILE));
    for (String name : List.of(FILE, VALUES)) {
      Files.copy(pack.resolve(name), directory.resolve(name));
    }
  }

  @Test
  void readsSourcesMasksAndDecoderIds() throws IOException {
    try (ReferencePack pack = ReferencePack.open(directory)) {
      assertThat(pack.isOfTranslator()).isTrue();
      var batch = pack.cases().get(1);
      var source = batch.source().getFirst();
      assertThat(source.lengths()).containsExactly(7, 4, 5);
      assertThat(source.tokens().get(1)).startsWith(291).endsWith(2, 1, 1, 1);
      assertThat(source.isPadded()).isTrue();
      assertThat(batch.tokens()).allSatisfy(row -> assertThat(row).hasSize(5).startsWith(2));
      String keys = "model.decoder.layers.0.encoder_attn.k_proj";
      assertThat(batch.component(keys).orElseThrow().shape().dims()).containsExactly(3, 7, 32);
      assertThat(pack.cases().get(2).isPartial()).isTrue();
      assertThat(pack.greedy().orElseThrow().source().getFirst().width()).isEqualTo(8);
      assertThat(pack.cases().getFirst().component("model.encoder.embed_tokens").orElseThrow())
          .extracting(ReferencePack.Component::scale)
          .isEqualTo(Math.sqrt(32));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"attention_mask\"|\"mask\"|cases[0].attention_mask: is missing",
        "\"decoder_input_ids\"|\"tokens\"|cases[0].decoder_input_ids: is missing",
        "[1,1,1,1,0,0,0]|[1,1,0,1,0,0,0]|cases[1].attention_mask[1]: expected ones, then zeros",
        "[1,1,1,1,0,0,0]|[0,0,0,0,0,0,0]|cases[1].attention_mask[1]: expected ones, then zeros",
        "[1,1,1,1,0,0,0]|[1,1,1,1,0,0]|cases[1].attention_mask: expected at least one row, and",
        "[1,1,1,1,1,1,1,1]|[1,1,1,1,1,1,1]|cases[0].attention_mask: expected 1 rows of 8 as",
        "\"scale\": 5.6|\"scale\": -5.6|cases[0].components[0].scale: expected a positive number",
        "\"encoder_positions\": null|\"encoder_positions\": [8]|cases[0].encoder_positions: expected",
        "\"input_ids\": [|\"tokens\": [[1]], \"x\": [|cases[0].logits: \"short/logits\" is [1, 5, 300]",
        "\"greedy\": {|\"greedy\": {\"x\": 1}, \"y\": {|greedy.input_ids: is missing",
        "\"prompt\": [2,|\"prompt\": [300,|greedy.prompt: token 300 but logits of 300 tokens",
      })
  void namesTheFileAndTheField(String before, String after, String message) throws IOException {
    assertThat(json).contains(before);
    int at = json.indexOf(before);
    String changed = json.substring(0, at) + after + json.substring(at + before.length());
    Files.writeString(directory.resolve(FILE), changed);
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageStartingWith(directory.resolve(FILE) + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void refusesCasesWithAndWithoutSources() throws IOException {
    int second = json.indexOf("\"name\": \"batch\"");
    String start = json.substring(0, second);
    String rest =
        json.substring(second)
            .replaceFirst("\"input_ids\"", "\"unused\"")
            .replaceFirst("\"decoder_input_ids\"", "\"tokens\"");
    Files.writeString(directory.resolve(FILE), start + rest);
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("cases[1].");
  }

  @Test
  void damageAnywhereIsAnErrorThatNamesTheFileOrHarmless() throws IOException {
    var random = new Random(12);
    for (int round = 0; round < 150; round++) {
      int at = random.nextInt(json.length());
      int to = Math.min(json.length(), at + 1 + random.nextInt(9));
      String damaged =
          switch (round % 3) {
            case 0 -> json.substring(0, at);
            case 1 -> json.substring(0, at) + (char) (32 + random.nextInt(95)) + json.substring(to);
            default -> json.substring(0, at) + json.substring(to);
          };
      Files.writeString(directory.resolve(FILE), damaged);
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
    Path values = directory.resolve(VALUES);
    byte[] bytes = Files.readAllBytes(values);
    Files.write(values, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> ReferencePack.open(directory))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining(VALUES);
  }
}
