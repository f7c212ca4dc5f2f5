package bessemer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damages valid files at random, with fixed seeds. Whatever comes out is read, or refused with a
/// [BadCheckpointException]; any other exception fails the test.
class HostileFilesTest {
  private static final Path FILE = Path.of("hostile");
  private static final long[] EXTREMES = {
    0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0xffffffffL, 0x7fffffffL, 0x80000000L, 100_000_000
  };
  private static final int ROUNDS = 2000;

  private final Random random = new Random(20261121);

  interface Reader {
    void read(byte[] file) throws IOException;
  }

  @Test
  void safetensors() throws IOException {
    assertSurvives(
        Goldens.bytes("every-type.safetensors"),
        ROUNDS,
        file -> SafetensorsFile.read(FILE, MemorySegment.ofArray(file)));
  }

  @Test
  void headersOfSafetensors() throws IOException {
    byte[] whole = Goldens.bytes("every-type.safetensors");
    int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] data = Arrays.copyOfRange(whole, 8 + length, whole.length);
    assertSurvives(
        Arrays.copyOfRange(whole, 8, 8 + length),
        ROUNDS,
        json -> {
          ByteBuffer file = ByteBuffer.allocate(8 + json.length + data.length);
          file.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data);
          SafetensorsFile.read(FILE, MemorySegment.ofArray(file.array()));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"views.pt", "training.pt", "protocol4.pt"})
  void zips(String golden) throws IOException {
    assertSurvives(Goldens.bytes(golden), ROUNDS, HostileFilesTest::readZip);
  }

  @ParameterizedTest
  @ValueSource(strings = {"views.pt", "training.pt", "protocol4.pt"})
  void pickles(String golden) throws IOException {
    byte[] whole = Goldens.bytes(golden);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    ZipEntries.read(FILE, MemorySegment.ofArray(whole))
        .forEach((name, entry) -> entries.put(name, content(whole, entry)));
    String pickle = golden.replace(".pt", "/data.pkl");
    assertSurvives(
        entries.get(pickle),
        ROUNDS,
        bytes -> {
          entries.put(pickle, bytes);
          readZip(Zips.stored(entries));
        });
  }

  @Test
  void tensorsOfPickles() throws IOException {
    byte[] storage = new byte[24];
    assertSurvives(
        Pickles.tensor(6, 1, new long[] {1, 2, 2}, new long[] {1, 2, 1}),
        ROUNDS,
        pickle -> readZip(Zips.stored(Zips.torch(pickle, storage))));
  }

  @Test
  void indexes(@TempDir Path directory) throws IOException {
    Path index = directory.resolve("index.json");
    assertSurvives(
        Goldens.bytes("mlx.index.json"), 500, json -> IndexFile.read(Files.write(index, json)));
  }

  @Test
  void configurations() throws IOException {
    byte[] config =
        """
        {"model_type": "llama", "hidden_size": 64, "rms_norm_eps": 1e-6, "rope_theta": 5e5,
         "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8}}}
        """
            .getBytes(StandardCharsets.UTF_8);
    assertSurvives(
        config,
        ROUNDS,
        bytes -> {
          var read = ConfigJson.parse(FILE, new String(bytes, StandardCharsets.UTF_8));
          assertThat(read.modelType()).isNotNull();
          assertThat(read.optionalInteger("hidden_size")).isNotNull();
          assertThat(read.number("rms_norm_eps")).isFinite();
          assertThat(read.ropeParametersByLayerType()).isNotNull();
        });
  }

  private void assertSurvives(byte[] valid, int rounds, Reader reader) throws IOException {
    int refused = 0;
    reader.read(valid);
    for (int round = 0; round < rounds; round++) {
      byte[] damaged = damage(valid);
      try {
        reader.read(damaged);
      } catch (BadCheckpointException e) {
        refused++;
        assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(4000);
      } catch (RuntimeException e) {
        throw new AssertionError("round " + round, e);
      }
    }
    assertThat(refused).as("files that were refused").isGreaterThan(rounds / 50);
  }

  private byte[] damage(byte[] valid) {
    byte[] damaged = valid.clone();
    for (int hits = 1 + random.nextInt(3); hits > 0 && damaged.length > 16; hits--) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(7)) {
        case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> damaged[at] = (byte) random.nextInt(256);
        case 2 -> damaged = Arrays.copyOf(damaged, at);
        case 3 -> damaged = splice(damaged, at, random.nextInt(valid.length), valid);
        case 4 -> putExtreme(damaged, random.nextInt(damaged.length - 8), 8);
        case 5 -> putExtreme(damaged, random.nextInt(damaged.length - 8), 4);
        default -> digit(damaged, at);
      }
    }
    return damaged;
  }

  /// Up to 32 bytes of the valid file, put at another place.
  private byte[] splice(byte[] damaged, int at, int from, byte[] valid) {
    int length = Math.min(random.nextInt(32), valid.length - from);
    ByteBuffer spliced = ByteBuffer.allocate(damaged.length + length);
    spliced.put(damaged, 0, at).put(valid, from, length).put(damaged, at, damaged.length - at);
    return spliced.array();
  }

  private void putExtreme(byte[] damaged, int at, int width) {
    long value = EXTREMES[random.nextInt(EXTREMES.length)];
    ByteBuffer buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
    if (width == 8) {
      buffer.putLong(at, value);
    } else {
      buffer.putInt(at, (int) value);
    }
  }

  /// Another digit for the next digit: numbers in JSON stay numbers.
  private void digit(byte[] damaged, int from) {
    for (int at = from; at < damaged.length; at++) {
      if (damaged[at] >= '0' && damaged[at] <= '9') {
        damaged[at] = (byte) ('0' + random.nextInt(10));
        return;
      }
    }
  }

  private static byte[] content(byte[] whole, ZipEntries.Entry entry) {
    int from = (int) entry.offset();
    return Arrays.copyOfRange(whole, from, from + (int) entry.size());
  }

  private static void readZip(byte[] file) {
    try (Arena arena = Arena.ofConfined()) {
      PytorchZip.read(FILE, MemorySegment.ofArray(file))
          .located()
          .values()
          .forEach(located -> readRows(located, arena));
    }
  }

  private static void readRows(Located located, Arena arena) {
    StoredTensor tensor = located.tensor();
    MemorySegment rows = located.bytes().rows(tensor, 0, tensor.rows(), arena);
    assertThat(rows.byteSize()).isEqualTo(tensor.bytes());
  }
}
