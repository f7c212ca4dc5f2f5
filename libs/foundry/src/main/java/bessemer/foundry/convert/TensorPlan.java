package bessemer.foundry.convert;

import bessemer.checkpoint.Planned;
import bessemer.checkpoint.StoredType;
import java.util.List;

/// One tensor of the source and what becomes of it.
///
/// @param name in the source and in the result
/// @param from its type in the source; for a quantized source the type of its scales
/// @param to the floating point type in the result
/// @param shape before quantization
public record TensorPlan(
    String name, StoredType from, StoredType to, List<Long> shape, Action action) {
  private static final String WEIGHT = ".weight";

  /// Of the step of activations that go into an int8 weight.
  static final String INPUT_SCALE = ".input_scale";

  public TensorPlan {
    shape = List.copyOf(shape);
  }

  /// The module that owns a weight: its name without `.weight`.
  static String module(String name) {
    return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
  }

  public String module() {
    return module(name);
  }

  /// What is written, in this order.
  public List<Planned> outputs() {
    return switch (action) {
      case Action.Copy _, Action.Cast _, Action.Dequantize _ ->
          List.of(new Planned(name, to, shape));
      case Action.Int8(float step) -> {
        var codes = new Planned(name, StoredType.I8, shape);
        var scales = new Planned(module() + ".scales", StoredType.F32, rows());
        var input = new Planned(module() + INPUT_SCALE, StoredType.F32, 1);
        yield step == 0 ? List.of(codes, scales) : List.of(codes, scales, input);
      }
      case Action.Quantize(var q) -> {
        long width = shape.getLast();
        yield List.of(
            new Planned(name, StoredType.U32, rows(), q.words(width)),
            new Planned(module() + ".scales", to, rows(), q.groups(width)),
            new Planned(module() + ".biases", to, rows(), q.groups(width)));
      }
    };
  }

  /// Length of the first axis; 1 for a scalar.
  public long rows() {
    return shape.isEmpty() ? 1 : shape.getFirst();
  }

  /// Elements of one row, before quantization.
  public long rowElements() {
    return shape.stream().skip(1).reduce(1L, Math::multiplyExact);
  }

  public long elements() {
    return Math.multiplyExact(rows(), rowElements());
  }

  /// Bytes of the result.
  public long bytes() {
    return outputs().stream().mapToLong(Planned::bytes).sum();
  }

  /// Bytes in the source, scales and biases left out.
  long sourceBytes() {
    return sourceBytes(elements());
  }

  /// The same for some of its elements.
  long sourceBytes(long elements) {
    return switch (action) {
      case Action.Copy _, Action.Cast _, Action.Quantize _, Action.Int8 _ ->
          elements * from.width();
      case Action.Dequantize(var q) -> elements * q.bits() / 8;
    };
  }
}
