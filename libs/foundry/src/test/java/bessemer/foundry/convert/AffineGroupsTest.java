package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Against what MLX's CPU backend makes of the same numbers (tools/goldens/quantize.py).
class AffineGroupsTest {
  private static final Path GOLDEN =
      Path.of("../tensor/src/test/resources/goldens/quantize.safetensors");

  static Stream<String> cases() {
    return Stream.of("f32", "bf16", "f16")
        .flatMap(type ->
            Stream.of(2, 3, 4, 5, 6, 8)
                .flatMap(bits ->
                    Stream.of(32, 64, 128).map(group -> type + "/b" + bits + "/g" + group)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void quantizesBitForBitAsMlx(String key) throws IOException {
    try (Checkpoint golden = Checkpoint.open(GOLDEN);
        Arena arena = Arena.ofConfined()) {
      String[] parts = key.split("/");
      String input = parts[0] + "/input";
      StoredType type = golden.tensors().get(input).type();
      float[] values = new float[(int) golden.tensors().get(input).elements()];
      Elements.decode(type, golden.data(input), 0, values, values.length);
      var q =
          new Quantization(
              Integer.parseInt(parts[1].substring(1)), Integer.parseInt(parts[2].substring(1)));
      var target =
          new AffineGroups.Target(
              like(golden, key + "/weight", arena),
              like(golden, key + "/scales", arena),
              like(golden, key + "/biases", arena));

      var groups = new AffineGroups(q, type);
      for (int group = 0; group < values.length / q.group(); group++) {
        groups.quantize(values, group * q.group(), target, group);
      }

      assertThat(target.scales().mismatch(golden.data(key + "/scales"))).isEqualTo(-1);
      assertThat(target.biases().mismatch(golden.data(key + "/biases"))).isEqualTo(-1);
      assertThat(target.words().mismatch(golden.data(key + "/weight"))).isEqualTo(-1);
    }
  }

  private static MemorySegment like(Checkpoint golden, String name, Arena arena) {
    return arena.allocate(golden.data(name).byteSize());
  }
}
