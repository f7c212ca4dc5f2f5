package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Products of rounded rows in Java against the same arithmetic in doubles, written plainly.
class JavaRoundingTest {
  private static final double TOLERANCE = 5e-7; // of the sum of magnitudes
  private static final DType[] TYPES = {DType.F32, DType.F16, DType.BF16};

  private final Random random = new Random(1);

  /// A matrix in memory that ends where its last code, scale and bias do.
  private record Weights(Matrix.Packed packed, int columns) {
    static Weights of(Arena arena, Random r, Quantization q, DType type, int columns, int inner) {
      long bytes = 4 * columns * q.words(inner);
      long words = arena.allocate(bytes, 4).address();
      for (long i = 0; i < bytes; i++) {
        Raw.putByte(words + i, (byte) r.nextInt());
      }
      long scales = numbers(arena, r, type, columns * q.groups(inner), .01f);
      long biases = numbers(arena, r, type, columns * q.groups(inner), 1);
      return new Weights(new Matrix.Packed(words, scales, biases, type, q, inner), columns);
    }

    private static long numbers(Arena arena, Random r, DType type, long count, float factor) {
      long at = arena.allocate(count * type.bytes(), 4).address();
      for (long i = 0; i < count; i++) {
        Half.store(type, at + i * type.bytes(), factor * (float) r.nextGaussian());
      }
      return at;
    }

    int code(int column, int k) {
      int code = 0;
      for (int bit = 0; bit < packed.bits(); bit++) {
        long place = (long) k * packed.bits() + bit;
        int held = Raw.getByte(packed.row(column) + place / 8) >> place % 8 & 1;
        code |= held << bit;
      }
      return code;
    }

    double scale(int column, int group) {
      DType type = packed.type();
      return Half.load(type, packed.scale(column) + (long) group * type.bytes());
    }

    double bias(int column, int group) {
      DType type = packed.type();
      return Half.load(type, packed.bias(column) + (long) group * type.bytes());
    }
  }

  private static void check(Weights w, long x, int rows, float[] got) {
    int inner = w.packed.inner();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < w.columns; column++) {
        double sum = 0;
        double magnitude = 0;
        for (int g = 0; g < w.packed.groups(); g++) {
          int from = g * w.packed.group();
          long at = x + 4L * (row * inner + from);
          float most = 0;
          for (int i = 0; i < w.packed.group(); i++) {
            most = Math.max(most, Math.abs(Raw.get(at + 4L * i)));
          }
          double step = most / 127.;
          for (int i = 0; i < w.packed.group() && most > 0; i++) {
            double code = Math.rint(Raw.get(at + 4L * i) * (127 / most)) * step;
            double product = w.scale(column, g) * w.code(column, from + i) * code;
            sum += product + w.bias(column, g) * code;
            magnitude += Math.abs(product) + Math.abs(w.bias(column, g) * code);
          }
        }
        assertThat(Math.abs(got[row * w.columns + column] - sum))
            .as("%s of %s, %d rows of %d", w.packed.quantization(), w.packed.type(), rows, inner)
            .isLessThanOrEqualTo(TOLERANCE * magnitude);
      }
    }
  }

  private static float[] product(Device device, Weights w, long x, int rows) {
    var rounding = new JavaRounding();
    try (Arena arena = Arena.ofConfined();
        var own = new Scratch()) {
      long out = arena.allocate(4L * rows * w.columns, 4).address();
      Quantization q = w.packed.quantization();
      assertThat(rounding.takes(q, w.packed.inner(), rows)).isTrue();
      rounding
          .round(device, x, rows, w.packed.inner(), q)
          .columns(w.packed, new Gemm.Result(out, w.columns), 0, w.columns, own);
      float[] got = new float[rows * w.columns];
      for (int i = 0; i < got.length; i++) {
        got[i] = Raw.get(out + 4L * i);
      }
      return got;
    }
  }

  @Test
  void agreesWithDoublesForAllBitsGroupsTypesAndUpToNineRows() {
    try (var device =
        new Device(1, new JavaDense(), new JavaAttention(), new JavaLoops(), null, null)) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int group : new int[] {32, 64, 128}) {
          for (int groups : new int[] {1, 2, 7, 19}) {
            for (int rows = 1; rows <= 9; rows++) {
              var q = new Quantization(bits, group);
              try (Arena arena = Arena.ofConfined()) {
                DType type = TYPES[random.nextInt(3)];
                int inner = groups * group;
                var w = Weights.of(arena, random, q, type, 1 + random.nextInt(5), inner);
                long x = arena.allocate(4L * rows * inner, 4).address();
                for (int i = 0; i < rows * inner; i++) {
                  Raw.put(x + 4L * i, (float) random.nextGaussian());
                }
                check(w, x, rows, product(device, w, x, rows));
              }
            }
          }
        }
      }
    }
  }

  @Test
  void theLargestCodesOfEitherSignDoNotOverflow() {
    try (var device =
            new Device(1, new JavaDense(), new JavaAttention(), new JavaLoops(), null, null);
        Arena arena = Arena.ofConfined()) {
      for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
        for (int pattern = 0; pattern < 8; pattern++) {
          var q = new Quantization(bits, 64);
          var w = Weights.of(arena, random, q, DType.F32, 2, 192);
          byte filled = (byte) ((pattern & 1) == 0 ? -1 : 0);
          for (int i = 0; i < 2 * w.packed.rowBytes(); i++) {
            Raw.putByte(w.packed.words() + i, filled);
          }
          long x = arena.allocate(4L * 192, 4).address();
          for (int i = 0; i < 192; i++) {
            boolean negative = (pattern & 2) != 0 ^ ((pattern & 4) != 0 && i % 2 == 1);
            Raw.put(x + 4L * i, negative ? -3 : 3);
          }
          check(w, x, 1, product(device, w, x, 1));
        }
      }
    }
  }

  /// Of methods up to 325 bytes it depends on the order of compilation whether they are inlined.
  @Test
  void kernelsAreTooLargeToBeInlined() throws IOException {
    assertThat(bytes(RoundedLoops.class, "four")).isGreaterThan(325);
    assertThat(bytes(RoundedLoops.class, "eight")).isGreaterThan(325);
    assertThat(bytes(RoundedScales.class, "put")).isGreaterThan(325);
  }

  private static int bytes(Class<?> type, String method) throws IOException {
    try (var in =
        Objects.requireNonNull(type.getResourceAsStream(type.getSimpleName() + ".class"))) {
      return ClassFile.of().parse(in.readAllBytes()).methods().stream()
          .filter(m -> m.methodName().equalsString(method))
          .findFirst()
          .flatMap(m -> m.findAttribute(Attributes.code()))
          .orElseThrow()
          .codeLength();
    }
  }
}
