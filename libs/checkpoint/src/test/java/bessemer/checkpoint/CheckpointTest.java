package bessemer.checkpoint;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.Goldens.Expected;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  static final List<String> VALID = Goldens.VALID;

  @TempDir Path directory;

  @ParameterizedTest
  @FieldSource("VALID")
  void readsWhatPythonWrote(String name) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path(name))) {
      List<Expected> read =
          checkpoint.tensors().values().stream()
              .map(t -> new Expected(t.name(), t.type().name(), t.shape(), all(checkpoint, t)))
              .toList();
      assertThat(read).containsExactlyInAnyOrderElementsOf(Goldens.expected(name));
    }
  }

  @ParameterizedTest
  @FieldSource("VALID")
  void readsRowByRow(String name) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path(name));
        Arena arena = Arena.ofConfined()) {
      for (Expected expected : Goldens.expected(name)) {
        var joined = new StringBuilder();
        long rows = checkpoint.tensors().get(expected.name()).rows();
        for (long row = 0; row < rows; row++) {
          joined.append(hex(checkpoint.data(expected.name(), row, row + 1, arena)));
        }
        assertThat(joined).as(expected.name()).hasToString(expected.hex());
      }
    }
  }

  @ParameterizedTest
  @FieldSource("VALID")
  void tellsWhereContiguousTensorsLie(String name) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path(name))) {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        if (name.equals("views.pt") && !List.of("base", "tied", "row").contains(tensor.name())) {
          continue;
        }
        assertThat(slice(tensor)).isEqualTo(all(checkpoint, tensor));
      }
    }
  }

  @Test
  void readsWhatIsNotedBesideTheTensors() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("training.pt"))) {
      assertThat(checkpoint.metadata())
          .containsExactly(
              Map.entry("config", "{\"layers\":[1,-2,300,70000,null,true,false],\"shape\":[2,3]}"));
    }
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("views.pt"))) {
      assertThat(checkpoint.metadata()).isEmpty();
    }
  }

  @Test
  void sharesTheBytesOfTiedWeights() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("views.pt"))) {
      StoredTensor base = checkpoint.tensors().get("base");
      assertThat(checkpoint.tensors().get("tied")).isEqualTo(base.named("tied"));
      assertThat(checkpoint.data("tied").address()).isEqualTo(checkpoint.data("base").address());
    }
  }

  @Test
  void copiesOnlyStridedViewsIntoTheArena() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("views.pt"));
        Arena arena = Arena.ofConfined()) {
      long base = checkpoint.data("base").address();
      assertThat(checkpoint.data("base", 2, 4, arena).address()).isEqualTo(base + 2 * 8 * 4);
      assertThat(checkpoint.data("transposed", 2, 4, arena).scope()).isEqualTo(arena.scope());
    }
  }

  @Test
  void handsOutReadOnlyMemory() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("views.pt"))) {
      assertThat(checkpoint.data("base").isReadOnly()).isTrue();
      assertThat(checkpoint.data("transposed").isReadOnly()).isTrue();
    }
  }

  @Test
  void readsMetadataAndFormat() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("every-type.safetensors"))) {
      assertThat(checkpoint.format()).isEqualTo(Format.SAFETENSORS);
      assertThat(checkpoint.metadata()).containsExactly(Map.entry("note", "café"));
    }
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("sharded-pytorch"))) {
      assertThat(checkpoint.format()).isEqualTo(Format.PYTORCH);
      assertThat(checkpoint.files()).hasSize(2);
    }
  }

  @Test
  void refusesRowsAndNamesThatAreNotThere() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("module.pt"));
        Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> checkpoint.data("embed.weight", 2, 6, arena))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("[2, 6) of tensor \"embed.weight\" [5, 4]");
      assertThatThrownBy(() -> checkpoint.data("embed"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tensor \"embed\"");
    }
  }

  @Test
  void closingEndsAccess() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(Goldens.path("every-type.safetensors"));
    MemorySegment scalar = checkpoint.data("scalar");
    checkpoint.close();
    assertThatThrownBy(() -> scalar.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void prefersSafetensorsToPytorch() throws IOException {
    copy("module.pt", "pytorch_model.bin");
    copy("every-type.safetensors", "model.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.files()).containsExactly(directory.resolve("model.safetensors"));
    }
  }

  @Test
  void opensTheOnlyPtOfADirectoryAndRefusesToChoose() throws IOException {
    copy("module.pt", "best.pt");
    Checkpoint.open(directory).close();
    copy("module.pt", "last.pt");
    assertBad(directory, "holds 2 .pt files; name the one to open");
  }

  @Test
  void refusesADirectoryWithoutWeights() throws IOException {
    assertBad(directory, "holds none of model.safetensors.index.json");
    assertThatThrownBy(() -> Checkpoint.open(directory.resolve("absent")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void followsTheLinksOfAHuggingFaceCache() throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("models--a--b/blobs"));
    Path snapshot = Files.createDirectories(directory.resolve("models--a--b/snapshots/0123"));
    Files.copy(Goldens.path("every-type.safetensors"), blobs.resolve("abcdef"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/abcdef"));
    Checkpoint.open(snapshot).close();
  }

  @Test
  void refusesLinksThatLeaveTheDirectory() throws IOException {
    copy("every-type.safetensors", "elsewhere");
    Path model = Files.createDirectory(directory.resolve("model"));
    Files.createSymbolicLink(model.resolve("model.safetensors"), Path.of("../elsewhere"));
    assertBad(model, "outside of its directory; put the file itself there");
    Checkpoint.open(model.resolve("model.safetensors")).close();
  }

  @Test
  void opensAnIndexThatIsNamed() throws IOException {
    Path index = Goldens.path("sharded-pytorch/pytorch_model.bin.index.json");
    try (Checkpoint checkpoint = Checkpoint.open(index)) {
      assertThat(checkpoint.tensors()).hasSize(3);
    }
  }

  @Test
  void namesMissingShards() throws IOException {
    copyAll("sharded-safetensors");
    Files.delete(directory.resolve("model-00002-of-00002.safetensors"));
    assertBad(directory, "not there: [model-00002-of-00002.safetensors]; download them");
  }

  @Test
  void refusesAShardWithoutAListedTensor() throws IOException {
    copyAll("sharded-safetensors");
    editIndex("\"lm_head.weight\"", "\"lm_tail.weight\"");
    assertBad(directory, "tensor \"lm_head.weight\" is not in the index");
    editIndex(
        "\"lm_tail.weight\":",
        "\"lm_head.weight\": \"model-00002-of-00002.safetensors\"," + "\"extra\":");
    assertBad(directory, "model-00002-of-00002.safetensors: lacks tensor \"extra\"");
  }

  @Test
  void refusesATensorInTwoShards() throws IOException {
    copyAll("sharded-safetensors");
    Files.copy(
        directory.resolve("model-00001-of-00002.safetensors"), directory.resolve("z.safetensors"));
    editIndex("\"weight_map\": {", "\"weight_map\": {\"x\": \"z.safetensors\",");
    assertBad(directory, "is in model-00001-of-00002.safetensors, too; remove one of them");
  }

  @Test
  void refusesATensorInTheWrongShard() throws IOException {
    copyAll("sharded-safetensors");
    editIndex("\"lm_head.weight\": \"model-00002", "\"lm_head.weight\": \"model-00001");
    editIndex("\"weight_map\": {", "\"weight_map\": {\"x\": \"model-00002-of-00002.safetensors\",");
    assertBad(directory, "tensor \"lm_head.weight\" belongs into model-00001-of-00002.safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "..",
        "a\\\\b",
        "C:x",
        "a\\u0000b",
        "a b",
        "",
        "\\n"
      })
  void refusesShardsThatAreNoPlainNames(String name) throws IOException {
    copyAll("sharded-safetensors");
    editIndex("model-00002-of-00002.safetensors", name);
    assertBad(directory, "which is no plain file name");
  }

  @Test
  void tellsOtherFormatsByTheirContent() throws IOException {
    assertBad(Goldens.path("legacy.pt"), "bare pickle");
    assertBad(file("model.gguf", "GGUF\3\0\0\0…"), "is a GGUF file");
    assertBad(
        file("model.safetensors", "version https://git-lfs.github.com/spec/v1\n"),
        "pointer of Git LFS");
    assertBad(file("model.bin", "not a checkpoint"), "this is no safetensors file");
    assertBad(file("empty.bin", ""), "0 bytes are too few");
  }

  private void assertBad(Path path, String problem) {
    assertThatThrownBy(() -> Checkpoint.open(path))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining(problem);
  }

  private Path file(String name, String content) throws IOException {
    return Files.write(directory.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void copy(String golden, String name) throws IOException {
    Files.copy(Goldens.path(golden), directory.resolve(name));
  }

  private void copyAll(String golden) throws IOException {
    try (Stream<Path> files = Files.list(Goldens.path(golden))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  private void editIndex(String from, String to) throws IOException {
    Path index = directory.resolve("model.safetensors.index.json");
    String text = Files.readString(index);
    assertThat(text).contains(from);
    Files.writeString(index, text.replace(from, to));
  }

  private static String all(Checkpoint checkpoint, StoredTensor tensor) {
    return hex(checkpoint.data(tensor.name()));
  }

  private static String slice(StoredTensor tensor) throws IOException {
    try (FileChannel channel = FileChannel.open(tensor.file())) {
      ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
      channel.read(bytes, tensor.offset());
      return HexFormat.of().formatHex(bytes.array());
    }
  }

  private static String hex(MemorySegment bytes) {
    return HexFormat.of().formatHex(bytes.toArray(JAVA_BYTE));
  }
}
