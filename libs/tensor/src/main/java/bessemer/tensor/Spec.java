package bessemer.tensor;

import java.util.Locale;

/// What is known of a tensor before it is computed.
public record Spec(DType dtype, Shape shape) {

  public Spec with(Shape changed) {
    return new Spec(dtype, changed);
  }

  public long bytes() {
    return Math.multiplyExact(shape.size(), dtype.bytes());
  }

  @Override
  public String toString() {
    return dtype.name().toLowerCase(Locale.ROOT) + shape;
  }
}
