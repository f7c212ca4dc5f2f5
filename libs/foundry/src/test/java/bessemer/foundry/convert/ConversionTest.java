package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.Progress;
import bessemer.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionTest {
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
  }

  @Test
  void quantizesAndDequantizes() throws IOException {
    Path source = TinyModel.llama(StoredType.BF16).write(folder.resolve("source"));

    Path four =
        convert(source, "four", new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep()));
    Path back = convert(four, "back", new Precision.Dequantized(new Precision.Full(DType.F32)));

    try (Checkpoint out = Checkpoint.open(back)) {
      assertThat(out.tensors().values())
          .allSatisfy(tensor -> assertThat(tensor.type()).isEqualTo(StoredType.F32));
    }
  }
}
