package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.Product;
import bessemer.foundry.parity.Verifier.Stored;
import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Linear;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Whether the quantized model that runs is the one in the files: the product of every quantized
/// weight, as the engine holds it, against the weights of the file, dequantized and multiplied in
/// double by plain loops. Large matrices are sampled: evenly spaced output rows with the first and
/// the last.
final class Execution {
  private static final int INPUTS = 3;
  private static final int SAMPLED_ROWS = 256;

  private final Subject subject;
  private final Checkpoint files;
  private final Map<String, Parameter> parameters;

  Execution(Subject subject, Checkpoint files) {
    this.subject = subject;
    this.files = files;
    this.parameters = subject.byPath();
  }

  /// A quantized linear as the engine multiplies by it, without its bias.
  ///
  /// @param form in words
  private record Weight(String form, StoredRows stored, Linear linear, Parameter scales) {
    String path() {
      return linear.path();
    }
  }

  private Weight weight(String path, Quantization q) {
    Parameter scales = parameter(path + ".scales");
    var linear =
        new Linear.Quantized(
            path, parameter(path + ".weight"), scales, parameter(path + ".biases"), q, List.of());
    String form = q.bits() + " bit, groups of " + q.group();
    return new Weight(form, new StoredCodes(files, path, q), linear, scales);
  }

  private Weight int8(String path) {
    Parameter scales = parameter(path + ".scales");
    var linear = new Linear.Int8(path, parameter(path + ".weight"), scales, 0, List.of());
    return new Weight("int8, a scale for each row", new StoredInt8(files, path), linear, scales);
  }

  private Stream<Supplier<Weight>> weights(Stored stored) {
    Stream<Supplier<Weight>> groups =
        stored.quantizations().entrySet().stream()
            .map(entry -> () -> weight(entry.getKey(), entry.getValue()));
    return Stream.concat(groups, stored.int8().stream().map(path -> () -> int8(path)));
  }

  List<Product> run(Stored stored) {
    List<Product> products = new ArrayList<>();
    weights(stored)
        .map(Supplier::get)
        .forEach(weight -> {
          products.add(product(weight));
          if (Kind.of(weight.path()) == Kind.EMBEDDING) {
            products.add(rows(weight));
          }
        });
    return products;
  }

  /// Plants a defect: one scale of the first quantized weight, as the engine holds it, is doubled.
  Optional<Control> control(Stored stored) {
    return weights(stored).findFirst().map(first -> doubled(first.get()));
  }

  private Control doubled(Weight weight) {
    Parameter scales = weight.scales;
    float[] values = scales.value().toFloats();
    values[0] *= 2;
    List<Product> products = new ArrayList<>();
    try (Scope _ = subject.engine().scope()) {
      Tensor changed = subject.engine().of(values, scales.shape()).cast(scales.value().dtype());
      scales.during(changed, () -> products.add(product(weight)));
    }
    return found(scales.path(), products.getFirst());
  }

  private static Control found(String path, Product product) {
    boolean failed = product.measured().outcome() == Outcome.FAILED;
    String detail =
        String.format(
            Locale.ROOT,
            "%s[0] doubled: the product is off by %.1e",
            path,
            product.measured().figures().maxAbs());
    Finding finding = failed ? Finding.DETECTED : Finding.UNDETECTED;
    return new Control("perturbed scale", finding, detail);
  }

  /// Rows by index, as an embedding is read.
  private Product rows(Weight weight) {
    StoredRows stored = weight.stored;
    int width = stored.width();
    int[] sampled = sampled(stored.rows());
    float[] got;
    try (Scope _ = subject.engine().scope()) {
      got = weight.linear.rows(subject.engine().of(sampled, sampled.length)).toFloats();
    }
    float[] expected = new float[got.length];
    double[] row = new double[width];
    for (int s = 0; s < sampled.length; s++) {
      stored.row(sampled[s], row);
      for (int k = 0; k < width; k++) {
        expected[s * width + k] = (float) row[k];
      }
    }
    Shape shape = Shape.of(sampled.length, width);
    String path = weight.path() + " by row";
    return measured(
        path, weight.form, new Sides(got, expected), shape, Tolerances.rows(stored.type()));
  }

  private Product product(Weight weight) {
    StoredRows stored = weight.stored;
    int rows = stored.rows();
    int width = stored.width();
    float[] input = input(width);
    int[] sampled = sampled(rows);
    float[] all = ours(weight.linear, input, width);
    float[] got = new float[INPUTS * sampled.length];
    float[] expected = new float[got.length];
    double[] row = new double[width];
    for (int s = 0; s < sampled.length; s++) {
      stored.row(sampled[s], row);
      for (int i = 0; i < INPUTS; i++) {
        got[i * sampled.length + s] = all[i * rows + sampled[s]];
        expected[i * sampled.length + s] = (float) dot(input, i * width, row);
      }
    }
    Shape shape = Shape.of(INPUTS, sampled.length);
    return measured(
        weight.path(), weight.form, new Sides(got, expected), shape, Tolerances.execution());
  }

  private record Sides(float[] got, float[] expected) {}

  private static Product measured(
      String path, String form, Sides sides, Shape shape, Tolerance gate) {
    Figures figures =
        Comparison.of(
            MemorySegment.ofArray(sides.got), MemorySegment.ofArray(sides.expected), shape);
    return new Product(path, form, Measuring.measured(figures, Optional.of(gate)));
  }

  private float[] ours(Linear linear, float[] input, int width) {
    try (Scope _ = subject.engine().scope()) {
      return linear.forward(subject.engine().of(input, INPUTS, width)).toFloats();
    }
  }

  private Parameter parameter(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(name + " is quantized in the files, unknown to the model");
    }
    return parameter;
  }

  private static float[] input(int width) {
    var random = new Random(width);
    float[] input = new float[INPUTS * width];
    for (int i = 0; i < input.length; i++) {
      input[i] = (float) random.nextGaussian();
    }
    return input;
  }

  private static int[] sampled(int rows) {
    int count = Math.min(rows, SAMPLED_ROWS);
    int[] sampled = new int[count];
    for (int i = 0; i < count; i++) {
      sampled[i] = count == 1 ? 0 : (int) ((long) i * (rows - 1) / (count - 1));
    }
    return sampled;
  }

  private static double dot(float[] input, int from, double[] weight) {
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      sum += input[from + k] * weight[k];
    }
    return sum;
  }
}
