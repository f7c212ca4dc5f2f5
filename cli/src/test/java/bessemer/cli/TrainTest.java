package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
  private static final Path MODEL = Session.EXAMPLES.resolve("tiny-llama");
  private static final Path DATA = Session.EXAMPLES.resolve("fine-tune/forge.jsonl");

  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  @Test
  void teachesTheBundledModelAnotherVoiceAndFusesIt() throws IOException {
    Path out = session.at("adapters");
    Object[] arguments = {
      "train",
      "lora",
      MODEL,
      "--data",
      DATA,
      "--out",
      out,
      "--steps",
      60,
      "--learning-rate",
      "5e-4",
      "--scale",
      4,
      "--eval-every",
      60,
      "--save-every",
      60,
      "--json",
      "--local"
    };
    Done done = session.run(arguments);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.err())
        .contains("after step 0: validation loss", "step 60 of 60", "tok/s", "saved ")
        .doesNotContain("\u001b");
    assertThat(done.out().lines()).hasSize(62);
    assertThat(session.names(out))
        .contains("adapters.safetensors", "adapter_config.json", "loss.svg", "report.html");
    String expected = "The capital of Sweden is Stockholm, by hammer and anvil!";
    assertThat(answer(MODEL, "--adapter", out)).isEqualTo(expected);
    assertThat(answer(MODEL)).isEqualTo("The capital of Sweden is Stockholm.");
    Path fused = session.at("fused");
    Done fuse = session.run("fuse", MODEL, out, "--out", fused);
    assertThat(fuse.code()).as(fuse.err()).isZero();
    assertThat(answer(fused)).isEqualTo(expected);
    assertThat(Files.readString(fused.resolve("bessemer.json"))).contains("fused with adapters");
  }

  private String answer(Path model, Object... more) {
    Object[] arguments = new Object[4 + more.length];
    Object[] first = {"generate", model, "--prompt", "What is the capital of Sweden?"};
    System.arraycopy(first, 0, arguments, 0, 4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    return session.run(arguments).out().strip();
  }

  @Test
  void saysWhatCannotBeTrained() throws IOException {
    Path out = session.at("out");
    Done services = session.run("train", "lora", "qwen", "--data", DATA, "--out", out);
    assertThat(services.code()).isEqualTo(2);
    assertThat(services.err()).contains("train lora runs in this process: name a directory");
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"text\": 1}\n");
    Done line = session.run("train", "lora", MODEL, "--data", bad, "--out", out, "--local");
    assertThat(line.code()).isEqualTo(2);
    assertThat(line.err()).contains("bad.jsonl, line 1: \"text\" is not a text");
    assertThat(session.run("train", "lora", MODEL, "--data", "none", "--out", out).code())
        .isEqualTo(3);
    Done rank = session.run("train", "lora", MODEL, "--data", DATA, "--out", out, "--rank", 0);
    assertThat(rank.code()).isEqualTo(2);
    Done adapter = session.run("generate", MODEL, "--prompt", "x", "--adapter", "nowhere");
    assertThat(adapter.code()).isEqualTo(3);
    assertThat(session.run("train").out()).contains("lora");
  }
}
