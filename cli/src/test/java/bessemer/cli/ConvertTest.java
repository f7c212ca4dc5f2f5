package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertTest {
  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  @Test
  void provesAConversionAgainstPyTorch() throws IOException {
    Path source = Session.GOLDENS.resolve("qwen3");
    Path out = session.at("out");
    Done done = session.run("convert", source, "--out", out, "--reference", source, "--local");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).startsWith("PROVED: computes what PyTorch computes");
    assertThat(done.err()).contains("convert", "verify").doesNotContain("\u001b");
    assertThat(session.names(out))
        .contains("config.json", "model.safetensors", "parity.json", "parity.html", "bessemer.json")
        .contains("model.safetensors.index.json");
    assertThat(session.names(folder)).containsExactly("out");
    assertThat(Files.readString(out.resolve("bessemer.json"))).contains("\"PROVED\"");
  }

  @Test
  void rejectsAModelWithOneWrongWeight() throws IOException {
    Path source = Session.GOLDENS.resolve("qwen2-tied");
    Path out = session.at("out");
    session.run("convert", source, "--out", out, "--local");
    Path weights = out.resolve("model.safetensors");
    try (var file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.seek(Files.size(weights) - 1); // sign and exponent of the last number
      file.write(0x41);
    }
    Done done = session.run("validate", out, "--reference", source, "--local");
    assertThat(done.code()).as(done.err()).isEqualTo(4);
    assertThat(done.out()).startsWith("REJECTED").contains("FAILED: ");
    assertThat(Files.readString(out.resolve("bessemer.json"))).contains("\"REJECTED\"");
  }

  @Test
  void quantizesAndMeasures() {
    Path source = Session.EXAMPLES.resolve("tiny-llama");
    Path pack = Session.EXAMPLES.resolve("tiny-llama-reference");
    Done done =
        session.run("convert", source, "--name", "four", "-q", 4, "--reference", pack, "--local");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).startsWith("MEASURED: quantized, runs as written");
    assertThat(session.run("list", "models", "--local").out())
        .contains("four", "measured", "tiny-llama");
    Done answer =
        session.run("generate", "four", "--prompt", "What is the capital of France?", "--local");
    assertThat(answer.out().strip()).isEqualTo("The capital of France is Paris.");
    Done inspected = session.run("inspect", session.at("home").resolve("models/four"));
    assertThat(inspected.out()).contains("affine, 4 bits, groups of 64");
  }

  @Test
  void turnsAQuantizedModelBackIntoNumbersThatSpeak() throws IOException {
    Path source = Session.EXAMPLES.resolve("tiny-llama");
    Path mixed = session.at("mixed");
    Path back = session.at("back");
    Object[] quantize = {"convert", source, "--recipe", "mixed_4_6", "--out", mixed, "--local"};
    assertThat(session.run(quantize).code()).isZero();
    assertThat(Files.readString(mixed.resolve("config.json"))).contains("\"bits\": 6");
    Done done = session.run("convert", mixed, "--dequantize", "--out", back, "--local");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(session.run("inspect", back).out()).contains("quantization  none");
    Done answer =
        session.run("generate", back, "--prompt", "What is the capital of France?", "--local");
    assertThat(answer.out().strip()).isEqualTo("The capital of France is Paris.");
  }

  @Test
  void saysThatNothingWasCompared() {
    Path source = Session.GOLDENS.resolve("llama-tied");
    Done done = session.run("convert", source, "--out", session.at("out"), "--local");
    assertThat(done.code()).isZero();
    assertThat(done.out()).startsWith("UNPROVEN: not compared with PyTorch");
  }

  @Test
  void refusesAnExistingOutputWithoutReplace() {
    Path source = Session.GOLDENS.resolve("llama-tied");
    Path out = session.at("out");
    session.run("convert", source, "--out", out, "--local");
    Done again = session.run("convert", source, "--out", out, "--local");
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).startsWith("error: ").contains("--replace");
    assertThat(session.run("convert", source, "--out", out, "--local", "--replace").code())
        .isZero();
  }

  @Test
  void refusesAPackOfAnotherSource() {
    Done done =
        session.run(
            "convert",
            Session.GOLDENS.resolve("llama-tied"),
            "--out",
            session.at("out"),
            "--reference",
            Session.GOLDENS.resolve("llama-biases"),
            "--local");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).contains("recorded from another source");
  }

  @Test
  void refusesADamagedPackBeforeAnyWork() throws IOException {
    Path pack = session.copy("llama-tied");
    Files.writeString(pack.resolve("reference.json"), "{\"format\": \"other\"}");
    refused(Session.GOLDENS.resolve("llama-tied"), 1, "reference.json", "--reference", pack);
  }

  @Test
  void namesWhatIsWrongWithASourceAndLeavesNothing() throws IOException {
    Path source = session.copy("llama-tied");
    byte[] whole = Files.readAllBytes(source.resolve("model.safetensors"));
    Files.write(source.resolve("model.safetensors"), java.util.Arrays.copyOf(whole, 5000));
    refused(source, 1, "model.safetensors");
  }

  @Test
  void namesAnUnknownArchitecture() throws IOException {
    Path source = session.copy("llama-tied");
    Path config = source.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"mamba\""));
    refused(source, 1, "model_type \"mamba\" is not supported; supported are llama");
  }

  @Test
  void namesAGroupSizeThatDoesNotDivide() throws IOException {
    Path source = session.copy("llama-tied");
    refused(source, 2, "groups of 128 do not divide", "-q", "4", "--group-size", "128");
  }

  @Test
  void namesAnIndexThatLeavesItsFolder() throws IOException {
    Path source = session.copy("llama-tied");
    Files.delete(source.resolve("model.safetensors"));
    Files.writeString(
        source.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"model.norm.weight\": \"../../etc/passwd\"}}");
    refused(source, 1, "../../etc/passwd");
  }

  private void refused(Path source, int code, String message, Object... options)
      throws IOException {
    var before = session.names(folder);
    Object[] arguments = {"convert", source, "--out", session.at("out"), "--local"};
    Object[] all = java.util.Arrays.copyOf(arguments, arguments.length + options.length);
    System.arraycopy(options, 0, all, arguments.length, options.length);
    Done done = session.run(all);
    assertThat(done.code()).as(done.err()).isEqualTo(code);
    assertThat(done.err()).contains("error: ").contains(message).doesNotContain("\tat ");
    assertThat(session.names(folder)).isEqualTo(before);
  }
}
