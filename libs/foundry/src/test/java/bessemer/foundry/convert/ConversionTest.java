package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.IndexFile;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.Progress;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
  private static final Precision FOUR =
      new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());

  @TempDir Path folder;

  private Path convert(Path source, String name, Precision precision) throws IOException {
    var spec = new ConversionSpec(source, folder.resolve(name), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      CheckReport report = conversion.check();
      assertThat(report.tensors()).isEqualTo((int) conversion.plan().tensors().count());
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  private static float[] numbers(Checkpoint checkpoint, String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    float[] numbers = new float[(int) tensor.elements()];
    Elements.decode(tensor.type(), checkpoint.data(name), 0, numbers, numbers.length);
    return numbers;
  }

  @Test
  void copiesWeightsAsTheyAre() throws IOException {
    Path source = TinyModel.llama(StoredType.F32).write(folder.resolve("source"));

    Path output = convert(source, "out", new Precision.Keep());

    try (Checkpoint in = Checkpoint.open(source);
        Checkpoint out = Checkpoint.open(output)) {
      assertThat(out.tensors().keySet()).containsExactlyElementsOf(in.tensors().keySet());
      for (String name : in.tensors().keySet()) {
        assertThat(in.data(name).mismatch(out.data(name))).as(name).isEqualTo(-1);
      }
      assertThat(out.metadata()).containsEntry("format", "mlx");
      assertThat(IndexFile.read(output.resolve("model.safetensors.index.json")).shardOf())
          .containsOnlyKeys(in.tensors().keySet());
    }
    try (Stream<Path> files = Files.list(output)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "README.md",
              "bessemer.json",
              "config.json",
              "model.safetensors",
              "model.safetensors.index.json",
              "tokenizer.json");
    }
    assertThat(folder).isDirectoryNotContaining("glob:**/.*");
    Lineage lineage = JsonFiles.read(output.resolve(Lineage.FILE), Lineage.class);
    assertThat(lineage.sourceSha256()).containsOnlyKeys("model.safetensors");
    assertThat(lineage.weightsSha256())
        .containsEntry("model.safetensors", FileHash.sha256(output.resolve("model.safetensors")));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 8})
  void quantizesEachLinearAndEmbeddingAsTheQuantizerDoes(int bits) throws IOException {
    Path source = TinyModel.llama(StoredType.F16).write(folder.resolve("source"));
    var q = new Quantization(bits, 64);

    Path output =
        convert(
            source,
            "out",
            new Precision.Affine(Recipe.uniform(bits, 64), new Precision.Full(DType.BF16)));

    // The same by way of a model that was rounded to bf16 before.
    Path rounded = convert(source, "rounded", new Precision.Full(DType.BF16));
    try (Checkpoint in = Checkpoint.open(rounded);
        Checkpoint out = Checkpoint.open(output)) {
      for (StoredTensor tensor : in.tensors().values()) {
        if (tensor.shape().size() == 2) {
          assertQuantized(q, in, out, tensor);
        } else {
          assertThat(in.data(tensor.name()).mismatch(out.data(tensor.name()))).isEqualTo(-1);
        }
      }
    }
  }

  private static void assertQuantized(
      Quantization q, Checkpoint in, Checkpoint out, StoredTensor tensor) {
    String module = TensorPlan.module(tensor.name());
    MemorySegment words = out.data(tensor.name());
    MemorySegment scales = out.data(module + ".scales");
    MemorySegment biases = out.data(module + ".biases");
    try (Arena arena = Arena.ofConfined()) {
      var expected =
          new AffineQuantizer.Packed(
              arena.allocate(words.byteSize()),
              arena.allocate(scales.byteSize()),
              arena.allocate(biases.byteSize()));
      long width = tensor.shape().getLast();
      AffineQuantizer.quantizeRows(
          q, DType.BF16, tensor.rows(), width, in.data(tensor.name()), expected);
      assertThat(words.mismatch(expected.words())).as(tensor.name()).isEqualTo(-1);
      assertThat(scales.mismatch(expected.scales())).as(tensor.name()).isEqualTo(-1);
      assertThat(biases.mismatch(expected.biases())).as(tensor.name()).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void castsFromEachTypeToEachOther(StoredType from) throws IOException {
    Path source = TinyModel.llama(from).write(folder.resolve("source"));
    for (DType to : new DType[] {DType.F32, DType.F16, DType.BF16}) {
      Path output = convert(source, "to-" + to, new Precision.Full(to));
      try (Checkpoint in = Checkpoint.open(source);
          Checkpoint out = Checkpoint.open(output)) {
        float[] expected = numbers(in, TinyModel.DOWN);
        float[] actual = numbers(out, TinyModel.DOWN);
        assertThat(out.tensors().get(TinyModel.DOWN).type().name()).isEqualTo(to.name());
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).isEqualTo(expected[i], within(Math.abs(expected[i]) / 256 + 1e-7f));
        }
      }
    }
  }

  /// 1 + 1/256 lies between two brain floats, and the even one is below; 1 + 3/256 above.
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void int8KeepsHalfAStepOfEachRow(StoredType type) throws IOException {
    Path source = TinyModel.llama(type).write(folder.resolve("source"));
    Path output = convert(source, "out", Precision.int8());
    try (Checkpoint in = Checkpoint.open(source);
        Checkpoint out = Checkpoint.open(output)) {
      for (StoredTensor tensor : in.tensors().values()) {
        if (tensor.shape().size() == 2) {
          assertInt8(numbers(in, tensor.name()), out, tensor);
        } else {
          assertThat(in.data(tensor.name()).mismatch(out.data(tensor.name()))).isEqualTo(-1);
        }
      }
      assertThat(out.tensors().keySet()).noneMatch(name -> name.endsWith(".input_scale"));
    }
    assertThat(Inspector.inspect(output).quantization())
        .isEqualTo("int8, a scale for each row, dynamic activations");
    assertThat(Files.readString(output.resolve("config.json")))
        .contains("int8-rows")
        .doesNotContain("group_size");
  }

  private static void assertInt8(float[] numbers, Checkpoint out, StoredTensor tensor) {
    MemorySegment codes = out.data(tensor.name());
    String module = tensor.name().replaceFirst(".weight$", "");
    float[] scales = numbers(out, module + ".scales");
    assertThat(out.tensors().get(tensor.name()).shape()).isEqualTo(tensor.shape());
    int width = numbers.length / scales.length;
    for (int row = 0; row < scales.length; row++) {
      double most = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        most = Math.max(most, Math.abs(numbers[i]));
        double error = numbers[i] - (double) codes.get(ValueLayout.JAVA_BYTE, i) * scales[row];
        assertThat(Math.abs(error)).isLessThanOrEqualTo(scales[row] * .50001);
      }
      assertThat((double) scales[row]).isCloseTo(most / 127, within(most * 1e-7));
    }
  }

  @Test
  void calibratedStepsOfActivationsAreWrittenBesideTheWeights() throws IOException {
    Path source = TinyModel.llama(StoredType.F32).write(folder.resolve("source"));
    String path = "model.layers.0.mlp.down_proj";
    var steps =
        new Precision.Steps.Calibrated("min-max of 3 texts", new TreeMap<>(Map.of(path, .5f)));
    Path output = convert(source, "out", new Precision.Int8(new Precision.Keep(), steps));
    try (Checkpoint out = Checkpoint.open(output)) {
      assertThat(out.tensors().keySet().stream().filter(name -> name.endsWith(".input_scale")))
          .containsExactly(path + ".input_scale");
      assertThat(numbers(out, path + ".input_scale")).containsExactly(.5f);
    }
    assertThat(Inspector.inspect(output).quantization()).contains("calibrated activations");
    assertThat(Files.readString(output.resolve("config.json"))).contains("min-max of 3 texts");
  }

  @Test
  void int8IsNotConvertedAgain() throws IOException {
    Path source = TinyModel.llama(StoredType.F32).write(folder.resolve("source"));
    Path output = convert(source, "out", Precision.int8());
    assertThatThrownBy(() -> convert(output, "again", new Precision.Keep()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("int8 already");
  }

  @Test
  void roundsTiesToEven() throws IOException {
    Path source =
        TinyModel.llama(StoredType.F32)
            .set(TinyModel.DOWN, 0, 1 + 1f / 256)
            .set(TinyModel.DOWN, 1, 1 + 3f / 256)
            .write(folder.resolve("source"));
    try (Checkpoint out = Checkpoint.open(convert(source, "out", new Precision.Full(DType.BF16)))) {
      assertThat(numbers(out, TinyModel.DOWN)).startsWith(1f, 1 + 4f / 256);
    }
  }

  @Test
  void dequantizesWithinOneStepOfTheOriginal() throws IOException {
    Path source = TinyModel.llama(StoredType.BF16).write(folder.resolve("source"));

    Path four = convert(source, "four", FOUR);
    Path back = convert(four, "back", new Precision.Dequantized(new Precision.Full(DType.F32)));

    assertThat(Inspector.inspect(four).quantization()).isEqualTo("affine, 4 bits, groups of 32");
    assertThat(Inspector.inspect(four).parameters())
        .isEqualTo(Inspector.inspect(source).parameters());
    try (Checkpoint in = Checkpoint.open(source);
        Checkpoint out = Checkpoint.open(back)) {
      assertThat(out.tensors().keySet()).isEqualTo(in.tensors().keySet());
      float[] expected = numbers(in, TinyModel.DOWN);
      float[] actual = numbers(out, TinyModel.DOWN);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isEqualTo(expected[i], within(0.03f));
      }
    }
    assertThatThrownBy(() -> convert(four, "again", FOUR))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("quantized already");
  }

  @Test
  void givesMixedBitsToModules() throws IOException {
    Path source = TinyModel.llama(StoredType.F32).write(folder.resolve("source"));

    Path output =
        convert(
            source,
            "out",
            new Precision.Affine(Recipe.mixed("mixed_3_6", 32), new Precision.Keep()));

    try (Checkpoint out = Checkpoint.open(output)) {
      assertThat(out.tensors().get(TinyModel.DOWN).shape()).containsExactly(64L, 128L * 6 / 32);
      assertThat(out.tensors().get("model.layers.0.mlp.down_proj.weight").shape())
          .containsExactly(64L, 128L * 3 / 32);
    }
    assertThat(Inspector.inspect(output).quantization())
        .isEqualTo("affine, 3 bits, groups of 32; affine, 6 bits, groups of 32");
    convert(output, "back", new Precision.Dequantized(new Precision.Keep()));
  }

  @Test
  void findsAWrongByteInTheResult() throws IOException {
    Path source = TinyModel.llama(StoredType.F32).write(folder.resolve("source"));
    var spec = new ConversionSpec(source, folder.resolve("out"), FOUR);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      Path file = conversion.assemble().resolve("model.safetensors");
      byte[] bytes = Files.readAllBytes(file);
      try (Checkpoint out = Checkpoint.open(file)) {
        StoredTensor down = out.tensors().get(TinyModel.DOWN);
        bytes[(int) (down.offset() + down.bytes() / 2)] ^= 0x40;
      }
      Files.write(file, bytes);

      assertThatThrownBy(conversion::check)
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("the result is wrong")
          .hasMessageContaining(TinyModel.DOWN);
    }
  }
}
