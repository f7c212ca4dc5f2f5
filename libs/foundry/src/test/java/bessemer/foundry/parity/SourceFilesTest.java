package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which packs may be held against a model, by the hashes in its `bessemer.json`.
class SourceFilesTest {
  private static final Path GOLDEN = Goldens.directory("llama-tied");

  @TempDir Path model;

  @Test
  void refusesAPackOfOtherWeights() throws IOException {
    SourceFiles files = recorded("{\"model.safetensors\": \"ab12\"}");
    try (ReferencePack pack = ReferencePack.open(GOLDEN)) {
      assertThatThrownBy(() -> files.check(pack))
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("\"model.safetensors\" is ")
          .hasMessageContaining("ab12 in the model's source");
    }
  }

  @Test
  void takesAnyPackForAModelMadeFromPyTorchFiles() throws IOException {
    SourceFiles files = recorded("{\"pytorch_model.bin\": \"ab12\"}");
    try (ReferencePack pack = ReferencePack.open(GOLDEN)) {
      assertThatCode(() -> files.check(pack)).doesNotThrowAnyException();
    }
  }

  @Test
  void refusesAPackOfOtherPyTorchFiles() throws IOException {
    Path pack = Files.createDirectory(model.resolve("pack"));
    for (String name : List.of("reference.json", "reference.safetensors")) {
      Files.copy(GOLDEN.resolve(name), pack.resolve(name));
    }
    Path json = pack.resolve("reference.json");
    String text = Files.readString(json).replace("\"model.safetensors\"", "\"pytorch_model.bin\"");
    Files.writeString(json, text);
    try (ReferencePack recorded = ReferencePack.open(pack)) {
      SourceFiles other = recorded("{\"pytorch_model.bin\": \"ab12\"}");
      assertThatThrownBy(() -> other.check(recorded))
          .hasMessageContaining("ab12 in the model's source");
      SourceFiles safetensors = recorded("{\"model.safetensors\": \"ab12\"}");
      assertThatCode(() -> safetensors.check(recorded)).doesNotThrowAnyException();
    }
  }

  @Test
  void hashesTheFilesOfAPlainDirectory() throws IOException {
    try (ReferencePack pack = ReferencePack.open(GOLDEN);
        ReferencePack other = ReferencePack.open(Goldens.directory("qwen3"));
        Checkpoint weights = Checkpoint.open(GOLDEN)) {
      SourceFiles files = SourceFiles.of(GOLDEN, weights);
      assertThatCode(() -> files.check(pack)).doesNotThrowAnyException();
      assertThatThrownBy(() -> files.check(other)).hasMessageContaining("another source");
    }
  }

  private SourceFiles recorded(String source) throws IOException {
    Files.writeString(
        model.resolve("bessemer.json"),
        "{\"sourceSha256\": %s, \"weightsSha256\": {\"model.safetensors\": \"cd34\"}}"
            .formatted(source));
    try (Checkpoint weights = Checkpoint.open(GOLDEN)) {
      return SourceFiles.of(model, weights);
    }
  }
}
