package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies of an embedding that checkpoints carry along.
class TiedEmbeddingTest {
  private static final String COPY = "lm_head.weight";

  @TempDir Path folder;

  private Path convert(TinyModel model) throws IOException {
    model.config.put("tie_word_embeddings", true);
    Path source = model.write(folder.resolve("source"));
    var spec = new ConversionSpec(source, folder.resolve("out"), new Precision.Keep());
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  @Test
  void aCopyIsLeftOut() throws IOException {
    TinyModel model = TinyModel.llama(StoredType.F32);
    model.values.put(COPY, model.values.get("model.embed_tokens.weight").clone());
    try (Checkpoint made = Checkpoint.open(convert(model))) {
      assertThat(made.tensors()).containsKey("model.embed_tokens.weight").doesNotContainKey(COPY);
    }
  }

  @Test
  void anotherMatrixUnderTheNameOfACopyIsRefused() {
    assertThatThrownBy(() -> convert(TinyModel.llama(StoredType.F32)))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining(COPY)
        .hasMessageContaining("not the same numbers as")
        .hasMessageContaining("model.embed_tokens.weight");
    assertThat(Files.exists(folder.resolve("out"))).isFalse();
  }
}
