package bessemer.foundry.doctor;

import bessemer.foundry.doctor.Expected.Sizes;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/// The operations that models spend their time in, on this machine's backend, against their
/// definitions in doubles: odd sizes, every bit width, seeded random numbers. What the contract
/// tests prove in full where they run, asked again where the program runs.
public final class SelfCheck {
  /// Of the largest expected value: what sums of some hundred floats lose, ten times over.
  private static final double EXACT = 1e-5;

  /// The same with activations rounded to 8 bits, as fast kernels do: measured to lose up to 1e-2
  /// of these products, three times over.
  private static final double ROUNDED = 3e-2;

  private final Engine engine;
  private final boolean rounds;
  private final Random random = new Random(20_25);

  /// @param rounds whether the engine may round the activations of quantized products: then these
  ///   alone are checked
  public SelfCheck(Engine engine, boolean rounds) {
    this.engine = engine;
    this.rounds = rounds;
  }

  /// What an operation throws is a check that failed, not the end of the others.
  public List<Check> run() {
    List<Check> checks = new ArrayList<>();
    for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
      String name = "products %d-bit".formatted(bits);
      double tolerance = rounds ? ROUNDED : EXACT;
      checks.add(check(name, tolerance, () -> quantized(new Quantization(bits, 64))));
    }
    if (!rounds) {
      exact(checks);
    }
    return checks;
  }

  private void exact(List<Check> checks) {
    checks.add(check("products fp32", EXACT, () -> product(DType.F32)));
    checks.add(check("products bf16", EXACT, () -> product(DType.BF16)));
    checks.add(check("attention, one query", EXACT, () -> attention(1, new Mask.Padded())));
    checks.add(check("attention, causal", EXACT, () -> attention(37, new Mask.Causal())));
    checks.add(check("attention, window", EXACT, () -> attention(37, new Mask.Window(9))));
    checks.add(check("norm", EXACT, this::norm));
    checks.add(check("softmax", EXACT, this::softmax));
    checks.add(check("rotary embedding", EXACT, this::rope));
  }

  private record Pair(float[] got, double[] expected) {
    /// The largest distance, as a part of the largest expected value.
    double error() {
      double top = 0;
      double worst = got.length == expected.length ? 0 : Double.NaN;
      for (int i = 0; i < expected.length && i < got.length; i++) {
        double distance = Math.abs(got[i] - expected[i]);
        worst = distance > worst || Double.isNaN(distance) ? distance : worst;
        top = Math.max(top, Math.abs(expected[i]));
      }
      return worst / top;
    }
  }

  private Check check(String name, double tolerance, Supplier<Pair> operation) {
    try (Scope _ = engine.scope()) {
      double error = operation.get().error();
      String detail = String.format(Locale.ROOT, "error %.1e of at most %.0e", error, tolerance);
      return new Check(name, error <= tolerance, detail);
    } catch (RuntimeException e) {
      return new Check(name, false, e.toString());
    }
  }

  private float[] numbers(long count) {
    float[] numbers = new float[(int) count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private Pair product(DType weights) {
    float[] x = numbers(5 * 193);
    Tensor w = engine.of(numbers(67 * 193), 67, 193).cast(weights);
    float[] rounded = w.cast(DType.F32).toFloats();
    float[] got = engine.of(x, 5, 193).matmulTransposed(w).toFloats();
    return new Pair(got, Expected.product(x, rounded, 193));
  }

  private Pair quantized(Quantization q) {
    int width = 320;
    int rows = 37;
    int[] words = random.ints(rows * q.words(width)).toArray();
    float[] scales = numbers(rows * q.groups(width));
    float[] biases = numbers(rows * q.groups(width));
    float[] x = numbers(3 * width);
    Spec packed = new Spec(DType.U32, Shape.of(rows, q.words(width)));
    float[] got =
        engine
            .of(x, 3, width)
            .quantizedMatmul(
                engine.copy(MemorySegment.ofArray(words), packed),
                engine.of(scales, rows, q.groups(width)),
                engine.of(biases, rows, q.groups(width)),
                q)
            .toFloats();
    float[] weights = Expected.dequantized(words, scales, biases, q);
    return new Pair(got, Expected.product(x, weights, width));
  }

  private Pair attention(int queries, Mask mask) {
    Sizes n = new Sizes(2, 6, 3, queries, 70, 40);
    int[] bounds = mask instanceof Mask.Padded ? new int[] {70, 51} : new int[] {33, 20};
    float[] q = numbers(2L * 6 * queries * 40);
    float[] k = numbers(2L * 2 * 70 * 40);
    float[] v = numbers(2L * 2 * 70 * 40);
    float[] got =
        engine
            .of(q, 2, 6, queries, 40)
            .attend(
                engine.of(k, 2, 2, 70, 40),
                engine.of(v, 2, 2, 70, 40),
                engine.of(bounds, 2),
                .15f,
                mask)
            .toFloats();
    return new Pair(got, Expected.attention(q, k, v, n, bounds, .15f, mask));
  }

  private Pair norm() {
    float[] x = numbers(3 * 131);
    float[] weight = numbers(131);
    float[] got = engine.of(x, 3, 131).rmsNorm(engine.of(weight, 131), 1e-6f).toFloats();
    return new Pair(got, Expected.rmsNorm(x, weight, 1e-6f));
  }

  private Pair softmax() {
    float[] x = numbers(3 * 131);
    return new Pair(engine.of(x, 3, 131).softmax().toFloats(), Expected.softmax(x, 131));
  }

  private Pair rope() {
    float[] x = numbers(2 * 3 * 5 * 16);
    float[] radians = new float[8];
    for (int i = 0; i < radians.length; i++) {
      radians[i] = (float) Math.pow(100, -i / 8.0);
    }
    Tensor turned =
        engine.of(x, 2, 3, 5, 16).rope(engine.of(new int[] {11, 11}, 2), engine.of(radians, 8));
    return new Pair(turned.toFloats(), Expected.rope(x, 5, radians, 11));
  }
}
