package bessemer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardsTest {
  private static final Planned FOUR = new Planned("four", StoredType.U8, 4);
  private static final Planned SIX = new Planned("six", StoredType.F16, 3);
  private static final Planned TEN = new Planned("ten", StoredType.U8, 10);

  @TempDir Path directory;

  @Test
  void keepsASmallModelInOneFile() {
    assertThat(Shards.split(List.of(FOUR, SIX), 10))
        .containsExactly(new Shard("model.safetensors", List.of(FOUR, SIX)));
    assertThat(Shards.split(List.of(), 10))
        .containsExactly(new Shard("model.safetensors", List.of()));
  }

  @Test
  void beginsAFileWhereTheNextTensorWouldNotFit() {
    assertThat(Shards.split(List.of(FOUR, SIX, TEN, FOUR), 10))
        .containsExactly(
            new Shard("model-00001-of-00003.safetensors", List.of(FOUR, SIX)),
            new Shard("model-00002-of-00003.safetensors", List.of(TEN)),
            new Shard("model-00003-of-00003.safetensors", List.of(FOUR)));
  }

  @Test
  void givesATensorOverTheLimitAFileOfItsOwn() {
    assertThat(Shards.split(List.of(TEN, FOUR), 5))
        .extracting(Shard::bytes)
        .containsExactly(10L, 4L);
  }

  @Test
  void writesTheIndexOfMlx() throws IOException {
    List<Shard> shards =
        List.of(
            new Shard(
                "model-00001-of-00002.safetensors", List.of(new Planned("b", StoredType.F32, 5))),
            new Shard(
                "model-00002-of-00002.safetensors",
                List.of(new Planned("a\u00e9", StoredType.BF16, 8))));
    Path index = directory.resolve("model.safetensors.index.json");
    IndexFile.write(index, shards, 12);
    assertThat(index).hasSameTextualContentAs(Goldens.path("mlx.index.json"));
    assertThat(IndexFile.read(index).shardOf())
        .containsEntry("a\u00e9", "model-00002-of-00002.safetensors")
        .hasSize(2);
    assertThatThrownBy(() -> IndexFile.write(index, shards, 12))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void refusesAnIndexThatIsNone() throws IOException {
    Path index = directory.resolve("model.safetensors.index.json");
    for (String text :
        List.of(
            "",
            "[]",
            "{}",
            "{\"weight_map\":{}}",
            "{\"weight_map\":[1]}",
            "{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}",
            "{\"weight_map\":{\"a\":3}}",
            "{\"weight_map\":{\"a\":\"x\"}} trailing")) {
      Files.writeString(index, text);
      assertThatThrownBy(() -> IndexFile.read(index))
          .as(text)
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining(index.toString());
    }
  }
}
