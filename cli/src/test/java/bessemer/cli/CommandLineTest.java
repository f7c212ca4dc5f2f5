package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineTest {
  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  @Test
  void saysWhatThereIsWithoutACommand() {
    Done done = session.run();
    assertThat(done.code()).isZero();
    assertThat(done.out()).contains("convert", "validate", "inspect", "./bessemer demo");
  }

  @Test
  void findsEveryCommandByTheNameThatItGoesBy() {
    var console = new Console(System.out, System.err, false, false);
    assertThat(Bessemer.commands(console, new Home(folder), Map.of()).keySet())
        .allSatisfy(name -> {
          Done done = session.run(name, "--help");
          assertThat(done.code()).isZero();
          assertThat(done.out()).startsWith("Usage: bessemer " + name + " ");
          assertThat(session.run().out()).contains("\n  " + name + " ");
        });
  }

  @Test
  void refusesAnUnknownOptionWithTheUsage() {
    Done done = session.run("convert", "x", "--wrong");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("--wrong");
  }

  @Test
  void saysThatServicesDoNotRun() {
    Done done = session.run("generate", "x", "--prompt", "y");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .isEqualTo("error: Bessemer is not running: ./bessemer up (or add --local)\n");
  }

  @Test
  void saysWhatRunsInThisProcessOnly() {
    Done done = session.run("benchmark", "qwen");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("benchmark runs in this process: name a directory");
  }

  @Test
  void answersNotFoundForAModelOrASourceThatIsNotThere() {
    assertThat(session.run("generate", "nobody", "--prompt", "y", "--local").code()).isEqualTo(3);
    Done done = session.run("convert", "nowhere", "--out", session.at("out"), "--local");
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.err()).contains("nowhere is no directory");
    assertThat(session.run("inspect", "nowhere").code()).isEqualTo(3);
  }

  @Test
  void refusesANameThatIsAPath() {
    Path source = Session.GOLDENS.resolve("llama-tied");
    for (String name : new String[] {"../x", ".hidden", "A B", ""}) {
      assertThat(session.run("convert", source, "--name", name, "--local").code()).isEqualTo(2);
    }
  }

  @Test
  void inspectsFromHeadersAlone() {
    Done done = session.run("inspect", Session.GOLDENS.resolve("qwen2-tied"));
    assertThat(done.code()).isZero();
    assertThat(done.out())
        .contains("architecture  qwen2, 2 layers", "quantization  none", "tied to the embedding");
    JsonNode json =
        new JsonMapper()
            .readTree(session.run("inspect", Session.GOLDENS.resolve("qwen3"), "--json").out());
    assertThat(json.get("model_type").asString()).isEqualTo("qwen3");
  }

  @Test
  void benchmarksWhatItSays() {
    Done done =
        session.run(
            "benchmark",
            Session.EXAMPLES.resolve("tiny-llama"),
            "--prompt-tokens",
            16,
            "--tokens",
            4,
            "--batch",
            "1,2",
            "--runs",
            1,
            "--json",
            "--local");
    assertThat(done.code()).as(done.err()).isZero();
    JsonNode results = new JsonMapper().readTree(done.out()).get("results");
    assertThat(results.size()).isEqualTo(2);
    assertThat(results.get(1).get("settings").get("batch").asInt()).isEqualTo(2);
    assertThat(results.get(0).get("decode_per_second").asDouble()).isPositive();
    assertThat(results.get(0).get("token").get("p99").asDouble()).isPositive();
  }

  @Test
  void theSameSeedSaysTheSame() {
    Object[] arguments = {
      "generate",
      Session.EXAMPLES.resolve("tiny-llama"),
      "--prompt",
      "Who are you?",
      "--temperature",
      "1.5",
      "--seed",
      "7",
      "--max-tokens",
      "12",
      "--local"
    };
    assertThat(session.run(arguments).out()).isEqualTo(session.run(arguments).out());
  }

  @Test
  void refusesASamplingOptionOutOfItsRange() {
    Done done =
        session.run(
            "generate",
            Session.EXAMPLES.resolve("tiny-llama"),
            "--prompt",
            "x",
            "--top-p",
            "2",
            "--local");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("top-p is 2.0");
  }

  @Test
  void takesItsHomeFromTheEnvironment() {
    Path user = Path.of("/home/someone");
    assertThat(Home.of(Map.of(), user).models())
        .isEqualTo(Path.of("/home/someone/.bessemer/models"));
    assertThat(Home.of(Map.of("BESSEMER_HOME", "/data/b"), user).cache())
        .isEqualTo(Path.of("/data/b/cache"));
  }
}
