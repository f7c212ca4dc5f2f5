package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TranslatorBenchmarkTest {
  private static final Path MODEL =
      Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  private Done benchmark(Object model, String... options) {
    Object[] words = new Object[2 + options.length];
    words[0] = "benchmark";
    words[1] = model;
    System.arraycopy(options, 0, words, 2, options.length);
    return session.run(words);
  }

  @Test
  void measuresReadingAndWriting() {
    Done done =
        benchmark(
            MODEL,
            "--prompt-tokens",
            "5",
            "--tokens",
            "3",
            "--batch",
            "1,2",
            "--runs",
            "1",
            "--beams",
            "2",
            "--json");
    assertThat(done.code()).as(done.err()).isZero();
    JsonNode results = new JsonMapper().readTree(done.out()).get("results");
    assertThat(results).hasSize(2);
    JsonNode two = results.get(1);
    assertThat(two.get("settings").get("batch").asInt()).isEqualTo(2);
    assertThat(two.get("settings").get("source_tokens").asInt()).isEqualTo(5);
    assertThat(two.get("settings").get("beams").asInt()).isEqualTo(2);
    assertThat(two.get("encode").get("p50").asDouble()).isPositive();
    assertThat(two.get("first_token").get("p95").asDouble()).isPositive();
    assertThat(two.get("token").get("p50").asDouble()).isPositive();
    assertThat(two.get("decode_per_second").asDouble()).isPositive();
    assertThat(two.get("sentences_per_second").asDouble()).isPositive();
  }

  @Test
  void printsATable() {
    Done done = benchmark(MODEL, "--tokens", "2", "--batch", "1", "--runs", "1");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out().lines().toList().get(1))
        .matches("batch +beams +encode +first token +decode +p50 +p95 +p99 +sentences +peak.*");
    assertThat(done.err()).contains("measuring 1 x 20 to 2 tokens with 1 beams");
  }

  @Test
  void beamsAreForTranslators() {
    Done done = benchmark(Session.GOLDENS.resolve("llama-tied"), "--beams", "2");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("--beams is for translators");
  }
}
