package bessemer.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class AffineQuantizerTest {
  private static final Pattern ENTRY = Pattern.compile("\"data_offsets\": ?\\[(\\d+), ?(\\d+)\\]");

  /// Tensors of a safetensors file, by name.
  private record Goldens(byte[] file, String header) {
    static Goldens read() throws IOException {
      try (var in =
          AffineQuantizerTest.class.getResourceAsStream("/goldens/quantize.safetensors")) {
        byte[] file = in.readAllBytes();
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new Goldens(file, new String(file, 8, (int) length, StandardCharsets.UTF_8));
      }
    }

    byte[] bytes(String name) {
      int at = header.indexOf('"' + name + '"');
      assertThat(at).as(name).isNotNegative();
      var found = ENTRY.matcher(header);
      assertThat(found.find(at)).isTrue();
      int data = 8 + header.getBytes(StandardCharsets.UTF_8).length;
      int from = data + Integer.parseInt(found.group(1));
      return java.util.Arrays.copyOfRange(file, from, data + Integer.parseInt(found.group(2)));
    }
  }

  private static MemorySegment copy(Arena arena, byte[] bytes) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }

  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void everyBitIsThatOfMlx() throws IOException {
    Goldens goldens = Goldens.read();
    String[] names = {"f32", "f16", "bf16"};
    DType[] types = {DType.F32, DType.F16, DType.BF16};
    for (int t = 0; t < 3; t++) {
      byte[] source = goldens.bytes(names[t] + "/input");
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int group : new int[] {32, 64, 128}) {
          String prefix = names[t] + "/b" + bits + "/g" + group;
          check(goldens, prefix, new Quantization(bits, group), types[t], source);
        }
      }
    }
  }

  private static void check(
      Goldens goldens, String prefix, Quantization q, DType type, byte[] source) {
    byte[] words = goldens.bytes(prefix + "/weight");
    byte[] scales = goldens.bytes(prefix + "/scales");
    byte[] biases = goldens.bytes(prefix + "/biases");
    try (Arena arena = Arena.ofConfined()) {
      var target =
          new AffineQuantizer.Packed(
              arena.allocate(words.length),
              arena.allocate(scales.length),
              arena.allocate(biases.length));
      long columns = 256;
      long rows = source.length / columns / type.bytes();
      AffineQuantizer.quantizeRows(q, type, rows, columns, copy(arena, source), target);
      assertThat(bytes(target.words())).as(prefix).isEqualTo(words);
      assertThat(bytes(target.scales())).as(prefix).isEqualTo(scales);
      assertThat(bytes(target.biases())).as(prefix).isEqualTo(biases);
    }
  }

  /// The published lines, one weight at a time.
  @Test
  void specialGroupsFollowTheRules() {
    var q = new Quantization(4, 32);
    float[][] groups = {
      filled(_ -> 0f),
      filled(_ -> -1.5f),
      filled(i -> 1e-9f * i),
      filled(i -> i == 3 ? -7f : 1f),
      filled(i -> .1f * i - 1.3f),
      filled(i -> (float) new Random(i).nextGaussian() * 1e20f),
    };
    for (float[] group : groups) {
      try (Arena arena = Arena.ofConfined()) {
        var target =
            new AffineQuantizer.Packed(arena.allocate(16), arena.allocate(4), arena.allocate(4));
        MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_FLOAT, group);
        AffineQuantizer.quantizeRows(q, DType.F32, 1, 32, source, target);
        expect(group, target);
      }
    }
  }

  private interface Weight {
    float at(int i);
  }

  private static float[] filled(Weight weight) {
    float[] group = new float[32];
    for (int i = 0; i < group.length; i++) {
      group[i] = weight.at(i);
    }
    return group;
  }

  private static void expect(float[] group, AffineQuantizer.Packed got) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float w : group) {
      low = Math.min(low, w);
      high = Math.max(high, w);
    }
    boolean lowIsEdge = Math.abs(low) > Math.abs(high);
    float step = Math.max((high - low) / 15, 1e-7f);
    float scale = lowIsEdge ? step : -step;
    float edge = lowIsEdge ? low : high;
    float zero = (float) Math.rint(edge / scale);
    float bias = zero == 0 ? 0 : edge;
    scale = zero == 0 ? scale : edge / zero;
    assertThat(got.scales().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(scale);
    assertThat(got.biases().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(bias);
    for (int i = 0; i < 32; i++) {
      int code = got.words().get(ValueLayout.JAVA_BYTE, i / 2) >> 4 * (i % 2) & 15;
      float expected = Math.clamp((float) Math.rint((group[i] - bias) / scale), 0f, 15f);
      assertThat(code).isEqualTo((int) expected);
    }
  }

  @Test
  void refusesMemoryThatIsTooSmallOrOnTheHeap() {
    var q = new Quantization(4, 32);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment good = arena.allocate(512);
      MemorySegment heap = MemorySegment.ofArray(new byte[512]);
      var target = new AffineQuantizer.Packed(good, good, good);
      assertThatThrownBy(() -> AffineQuantizer.quantizeRows(q, DType.F32, 1, 32, heap, target))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the weights: 128 bytes outside the heap are needed");
      assertThatThrownBy(() -> AffineQuantizer.quantizeRows(q, DType.F32, 9, 32, good, target))
          .hasMessageContaining("the weights: 1152 bytes");
      assertThatThrownBy(() -> AffineQuantizer.quantizeRows(q, DType.F32, 1, 40, good, target))
          .hasMessageContaining("groups of 32 do not divide 40");
    }
  }
}
