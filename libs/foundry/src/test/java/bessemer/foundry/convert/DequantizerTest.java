package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against what MLX's CPU backend makes of the same codes (tools/goldens/quantize.py).
class DequantizerTest {
  private static final Path GOLDEN =
      Path.of("../tensor/src/test/resources/goldens/quantize.safetensors");

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 8})
  void restoresTheNumbersOfMlx(int bits) throws IOException {
    try (Checkpoint golden = Checkpoint.open(GOLDEN)) {
      String key = "f32/b" + bits + "/g64";
      var packed =
          new AffineQuantizer.Packed(
              golden.data(key + "/weight"),
              golden.data(key + "/scales"),
              golden.data(key + "/biases"));
      float[] expected = new float[8 * 256];
      Elements.decode(StoredType.F32, golden.data(key + "/dequantized"), 0, expected, 2048);

      var dequantizer = new Dequantizer(new Quantization(bits, 64), StoredType.F32);
      float[] group = new float[64];
      for (int g = 0; g < 32; g++) {
        dequantizer.group(packed, g, group);
        assertThat(group).isEqualTo(java.util.Arrays.copyOfRange(expected, 64 * g, 64 * g + 64));
      }
    }
  }
}
