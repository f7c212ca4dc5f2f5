package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.Progress;
import bessemer.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each bad input is an error that names the place and leaves nothing behind.
class BadSourceTest {
  private static final Precision FOUR =
      new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());
  private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path folder;

  private final TinyModel model = TinyModel.llama(StoredType.F32);

  private Path source() {
    return folder.resolve("in/source");
  }

  private Path weights() {
    return source().resolve("model.safetensors");
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertFails(Precision precision)
      throws IOException {
    return assertFails(precision, Disk.real(), Progress.silent());
  }

  /// Converts to `out`, which must stay empty.
  private AbstractThrowableAssert<?, ? extends Throwable> assertFails(
      Precision precision, Disk disk, Progress progress) throws IOException {
    Path out = Files.createDirectories(folder.resolve("out"));
    var spec = new ConversionSpec(source(), out.resolve("model"), precision);
    var failure =
        assertThatThrownBy(() -> {
          try (Conversion conversion = Conversion.open(spec, disk, progress)) {
            conversion.convertShards();
            conversion.assemble();
            conversion.settle(Lineage.State.UNPROVEN);
          }
        });
    try (Stream<Path> left = Files.list(out)) {
      assertThat(left).isEmpty();
    }
    return failure;
  }

  @Test
  void refusesASourceThatIsNotThere() throws IOException {
    assertFails(FOUR).isInstanceOf(NoSuchFileException.class).hasMessageContaining("in/source");
  }

  @Test
  void refusesASourceWithoutConfiguration() throws IOException {
    model.write(source());
    Files.delete(source().resolve("config.json"));
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("config.json");
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    model.write(source());
    try (FileChannel file = FileChannel.open(weights(), StandardOpenOption.WRITE)) {
      file.truncate(file.size() - 100);
    }
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("download it again");
  }

  @Test
  void refusesAFileThatIsTooLong() throws IOException {
    model.write(source());
    Files.write(weights(), new byte[64], StandardOpenOption.APPEND);
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("64 bytes without an owner");
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    Files.createDirectories(source());
    Files.writeString(source().resolve("config.json"), model.config.toString());
    raw(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
        12);
    assertFails(FOUR).isInstanceOf(BadCheckpointException.class).hasMessageContaining("overlap");
  }

  private void raw(String header, int data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(weights(), file.putLong(json.length).put(json).array());
  }

  @Test
  void namesMissingTensors() throws IOException {
    model.without(QUERY).without("model.norm.weight").write(source());
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("2 tensors missing")
        .hasMessageContaining(QUERY)
        .hasMessageContaining("model.norm.weight");
  }

  @Test
  void namesExtraTensorsWithOddCharactersEscaped() throws IOException {
    model.with("evil\n\u001b[31m/../name", 4).write(source());
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("1 tensors not part of the model")
        .hasMessageContaining("evil\\u000a\\u001b[31m/../name");
  }

  @Test
  void namesTheFirstTwentyOfManyTensors() throws IOException {
    for (int i = 0; i < 30; i++) {
      model.with("extra." + i, 4);
    }
    model.write(source());
    assertFails(FOUR)
        .hasMessageContaining("30 tensors not part of the model")
        .hasMessageContaining("and 10 more");
  }

  @Test
  void namesATensorOfAnotherShape() throws IOException {
    model.with(QUERY, 32, 64).write(source());
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining(QUERY)
        .hasMessageContaining("expected [64, 64]")
        .hasMessageContaining("[32, 64]");
  }

  @Test
  void leavesOutTablesThatModelsCompute() throws IOException {
    model.with("model.layers.0.self_attn.rotary_emb.inv_freq", 8).write(source());
    assertThat(Inspector.inspect(source()).warnings())
        .anyMatch(warning -> warning.contains("inv_freq"));
  }

  @Test
  void refusesAnIndexThatNamesAMissingShard() throws IOException {
    model.write(source());
    index("model-00002-of-00002.safetensors");
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("model-00002-of-00002.safetensors");
  }

  @Test
  void refusesAnIndexThatLeadsOutside() throws IOException {
    model.write(source());
    index("../../../etc/passwd");
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("no plain file name");
  }

  private void index(String file) throws IOException {
    Files.writeString(
        source().resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"model.norm.weight\": \"" + file + "\"}}");
  }

  @Test
  void refusesASideFileThatLeadsOutside() throws IOException {
    model.write(source());
    Path secret = Files.writeString(folder.resolve("secret"), "secret");
    Files.createSymbolicLink(source().resolve("vocab.json"), secret);
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("vocab.json")
        .hasMessageContaining("outside");
  }

  @Test
  void namesTheFirstWeightThatIsNotANumber() throws IOException {
    model.set(TinyModel.DOWN, 1234, Float.NaN).set(TinyModel.DOWN, 1300, Float.NaN).write(source());
    for (Precision precision :
        List.of(FOUR, new Precision.Keep(), new Precision.Full(DType.BF16))) {
      assertFails(precision)
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining(TinyModel.DOWN)
          .hasMessageContaining("is NaN at element 1234");
    }
  }

  @Test
  void namesAnInfiniteWeight() throws IOException {
    model.set("model.norm.weight", 3, Float.NEGATIVE_INFINITY).write(source());
    assertFails(FOUR).hasMessageContaining("model.norm.weight").hasMessageContaining("element 3");
  }

  @Test
  void refusesNumbersThatTheTypeCannotHold() throws IOException {
    model.set(QUERY, 5, 65_519).write(source());
    convertTo(new Precision.Full(DType.F16), "fits");

    model.set(QUERY, 5, 65_520).write(source());
    assertFails(new Precision.Full(DType.F16))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining(QUERY)
        .hasMessageContaining("65520.0 at element 5")
        .hasMessageContaining("bf16");
  }

  private void convertTo(Precision precision, String name) throws IOException {
    var spec = new ConversionSpec(source(), folder.resolve(name), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
    }
  }

  @Test
  void refusesGroupsThatDoNotDivide() throws IOException {
    model.write(source());
    assertFails(new Precision.Affine(Recipe.uniform(4, 128), new Precision.Keep()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("groups of 128 do not divide")
        .hasMessageContaining("model.embed_tokens.weight")
        .hasMessageContaining("64 wide")
        .hasMessageContaining("[32, 64]");
  }

  @Test
  void refusesAnUnknownArchitecture() throws IOException {
    model.config.put("model_type", "mamba");
    model.write(source());
    assertFails(FOUR)
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("mamba")
        .hasMessageContaining("llama");
  }

  @Test
  void refusesOtherQuantizations() throws IOException {
    model.config.putObject("quantization_config").put("quant_method", "gptq");
    model.write(source());
    assertFails(FOUR).isInstanceOf(BadCheckpointException.class).hasMessageContaining("gptq");
  }

  @Test
  void refusesToDequantizeWhatIsNotQuantized() throws IOException {
    model.write(source());
    assertFails(new Precision.Dequantized(new Precision.Keep()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("--dequantize");
  }

  @Test
  void saysHowMuchRoomIsMissing() throws IOException {
    model.write(source());
    assertFails(new Precision.Keep(), _ -> 1000, Progress.silent())
        .isInstanceOf(Disk.Full.class)
        .hasMessageContaining("out/model")
        .hasMessageContaining("0 MB left");
  }

  @Test
  void removesEverythingWhenTheDiskFillsUp() throws IOException {
    model.write(source());
    Progress full =
        new Watch() {
          @Override
          public void advance(long bytes) {
            throw new UncheckedIOException(new IOException("No space left on device"));
          }
        };
    assertFails(FOUR, Disk.real(), full)
        .isInstanceOf(Disk.Full.class)
        .hasMessageContaining("the disk is full");
  }
}
