package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.Product;
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

  /// @param quantizations by path of the linear
  List<Product> run(Map<String, Quantization> quantizations) {
    List<Product> products = new ArrayList<>();
    quantizations.forEach((path, q) -> {
      products.add(product(path, q));
      if (Kind.of(path) == Kind.EMBEDDING) {
        products.add(rows(path, q));
      }
    });
    return products;
  }

  /// Plants a defect: one scale of the first quantized weight, as the engine holds it, is doubled.
  Optional<Control> control(Map<String, Quantization> quantizations) {
    return quantizations.entrySet().stream()
        .findFirst()
        .map(first -> doubled(first.getKey(), first.getValue()));
  }

  private Control doubled(String path, Quantization q) {
    Parameter scales = parameter(path + ".scales");
    float[] values = scales.value().toFloats();
    values[0] *= 2;
    List<Product> products = new ArrayList<>();
    try (Scope _ = subject.engine().scope()) {
      Tensor changed = subject.engine().of(values, scales.shape()).cast(scales.value().dtype());
      scales.during(changed, () -> products.add(product(path, q)));
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

  /// Rows by index, as an embedding is read. They come in the type of the scales.
  private Product rows(String path, Quantization q) {
    var codes = new StoredCodes(files, path, q);
    int width = codes.width();
    int[] sampled = sampled(codes.rows());
    float[] got;
    try (Scope _ = subject.engine().scope()) {
      var table =
          new Linear.Quantized(
              path,
              parameter(path + ".weight"),
              parameter(path + ".scales"),
              parameter(path + ".biases"),
              q,
              List.of());
      got = table.rows(subject.engine().of(sampled, sampled.length)).toFloats();
    }
    float[] expected = new float[got.length];
    double[] weight = new double[width];
    for (int s = 0; s < sampled.length; s++) {
      codes.row(sampled[s], weight);
      for (int k = 0; k < width; k++) {
        expected[s * width + k] = (float) weight[k];
      }
    }
    Shape shape = Shape.of(sampled.length, width);
    return measured(path + " by row", q, got, expected, shape, Tolerances.rows(codes.type()));
  }

  private Product product(String path, Quantization q) {
    var codes = new StoredCodes(files, path, q);
    int rows = codes.rows();
    int width = codes.width();
    float[] input = input(width);
    int[] sampled = sampled(rows);
    float[] all = ours(path, q, input, width);
    float[] got = new float[INPUTS * sampled.length];
    float[] expected = new float[got.length];
    double[] weight = new double[width];
    for (int s = 0; s < sampled.length; s++) {
      codes.row(sampled[s], weight);
      for (int i = 0; i < INPUTS; i++) {
        got[i * sampled.length + s] = all[i * rows + sampled[s]];
        expected[i * sampled.length + s] = (float) dot(input, i * width, weight);
      }
    }
    Shape shape = Shape.of(INPUTS, sampled.length);
    return measured(path, q, got, expected, shape, Tolerances.execution());
  }

  private static Product measured(
      String path, Quantization q, float[] got, float[] expected, Shape shape, Tolerance gate) {
    Figures figures =
        Comparison.of(MemorySegment.ofArray(got), MemorySegment.ofArray(expected), shape);
    String words = q.bits() + " bit, groups of " + q.group();
    return new Product(path, words, Measuring.measured(figures, Optional.of(gate)));
  }

  private float[] ours(String path, Quantization q, float[] input, int width) {
    try (Scope _ = subject.engine().scope()) {
      Tensor x = subject.engine().of(input, INPUTS, width);
      return x.quantizedMatmul(
              value(path + ".weight"), value(path + ".scales"), value(path + ".biases"), q)
          .toFloats();
    }
  }

  private Tensor value(String name) {
    return parameter(name).value();
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
