package bessemer.checkpoint;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {
  private static final List<Planned> TWO =
      List.of(
          new Planned("empty", StoredType.F32, 0, 3),
          new Planned("a", StoredType.U8, 3),
          new Planned("none", StoredType.F32, 0),
          new Planned("b\n\u00e9", StoredType.BF16, 2, 2));

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("model.safetensors");
  }

  @Test
  void writesWhatTheReaderReads() throws Exception {
    String sha256;
    try (var out = SafetensorsWriter.create(file, TWO, Map.of("format", "mlx"))) {
      out.append("a", bytes(1, 2));
      out.append("a", bytes(3));
      out.append("b\n\u00e9", bytes(4, 5, 6, 7, 8, 9, 10, 11));
      sha256 = out.finish();
    }
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    assertThat(sha256).isEqualTo(HexFormat.of().formatHex(hash));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.metadata()).containsExactly(Map.entry("format", "mlx"));
      assertThat(checkpoint.tensors().sequencedKeySet())
          .containsExactly("empty", "a", "none", "b\n\u00e9");
      assertThat(checkpoint.data("a").toArray(JAVA_BYTE)).containsExactly(1, 2, 3);
      assertThat(checkpoint.data("b\n\u00e9").toArray(JAVA_BYTE))
          .containsExactly(4, 5, 6, 7, 8, 9, 10, 11);
      assertThat((checkpoint.tensors().get("a").offset()) % 8).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sharded-safetensors/model-00001-of-00002.safetensors", "every-type.safetensors"})
  void rewritesAFileOfPythonByteForByte(String name) throws IOException {
    Path golden = Goldens.path(name);
    try (Checkpoint source = Checkpoint.open(golden)) {
      List<Planned> tensors =
          source.tensors().values().stream()
              .map(t -> new Planned(t.name(), t.type(), t.shape()))
              .toList();
      try (var out = SafetensorsWriter.create(file, tensors, source.metadata())) {
        for (Planned tensor : tensors) {
          out.append(tensor.name(), source.data(tensor.name()));
        }
        out.finish();
      }
    }
    assertThat(file).hasSameBinaryContentAs(golden);
  }

  @Test
  void writesTensorsLargerThanItsChunks() throws Exception {
    byte[] random = new byte[3_000_001];
    new Random(7).nextBytes(random);
    try (Arena arena = Arena.ofConfined();
        var out =
            SafetensorsWriter.create(
                file, List.of(new Planned("a", StoredType.I8, random.length)), Map.of())) {
      MemorySegment direct = arena.allocate(random.length);
      direct.copyFrom(MemorySegment.ofArray(random));
      out.append("a", direct);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(withHeader(random));
      assertThat(out.finish()).isEqualTo(HexFormat.of().formatHex(hash));
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.data("a").toArray(JAVA_BYTE)).isEqualTo(random);
    }
  }

  @Test
  void refusesTooManyBytesAndTheWrongTensor() throws IOException {
    try (var out = SafetensorsWriter.create(file, TWO, Map.of())) {
      assertThatThrownBy(() -> out.append("b\n\u00e9", bytes(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "got bytes of tensor \"b\\u000a\\u00e9\", but tensor \"a\" has 0 of 3 bytes");
      out.append("a", bytes(1));
      assertThatThrownBy(() -> out.append("a", bytes(2, 3, 4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got 3 bytes more, but tensor \"a\" has 1 of 3 bytes");
      out.append("a", bytes(2, 3));
      out.append("b\n\u00e9", bytes(1, 2, 3, 4, 5, 6, 7, 8));
      assertThatThrownBy(() -> out.append("c", bytes(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("all tensors are complete");
      out.finish();
    }
  }

  @Test
  void deletesTheFileAndComplainsIfBytesAreMissing() throws IOException {
    var out = SafetensorsWriter.create(file, TWO, Map.of());
    out.append("a", bytes(1, 2));
    assertThatThrownBy(out::finish)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tensor \"a\" has 2 of 3 bytes");
    assertThatThrownBy(out::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed before it was finished; tensor \"a\" has 2 of 3 bytes");
    assertThat(file).doesNotExist();
  }

  @Test
  void doesNotOverwrite() throws IOException {
    Files.writeString(file, "precious");
    assertThatThrownBy(() -> SafetensorsWriter.create(file, TWO, Map.of()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("precious");
  }

  @Test
  void refusesPlansThatNoFileCanHold() {
    Planned a = new Planned("a", StoredType.U8, 3);
    assertThatThrownBy(() -> SafetensorsWriter.create(file, List.of(a, a), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two tensors are named \"a\"");
    assertThatThrownBy(() -> new Planned("__metadata__", StoredType.U8, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Planned("a", StoredType.U8, -3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Planned("a", StoredType.F64, 1L << 61))
        .isInstanceOf(ArithmeticException.class);
    assertThat(file).doesNotExist();
  }

  private byte[] withHeader(byte[] data) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    assertThat(whole).endsWith(data);
    return whole;
  }

  private static MemorySegment bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return MemorySegment.ofArray(bytes);
  }
}
