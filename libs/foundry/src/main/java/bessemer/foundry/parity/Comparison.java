package bessemer.foundry.parity;

import bessemer.foundry.parity.Figures.Worst;
import bessemer.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Compares fp32 values element by element, in double, in one pass over each side after one for the
/// largest reference value. Nothing is copied: both sides may be mapped files.
final class Comparison {
  static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final double RELATIVE_FLOOR = 1e-3;

  private final MemorySegment ours;
  private final MemorySegment reference;
  private final Shape shape;

  private long nonFinite;
  private long worst;
  private double maxAbs = -1;
  private double maxRelative;
  private double sumAbs;
  private double sumSquares;
  private double dot;
  private double squaresOurs;
  private double squaresReference;

  private Comparison(MemorySegment ours, MemorySegment reference, Shape shape) {
    this.ours = ours;
    this.reference = reference;
    this.shape = shape;
  }

  /// @param ours little-endian fp32 of this shape, like `reference`
  static Figures of(MemorySegment ours, MemorySegment reference, Shape shape) {
    long bytes = 4 * shape.size();
    if (ours.byteSize() != bytes || reference.byteSize() != bytes || bytes == 0) {
      throw new IllegalArgumentException(
          "%s takes %d bytes and at least one element, got %d and %d"
              .formatted(shape, bytes, ours.byteSize(), reference.byteSize()));
    }
    return new Comparison(ours, reference, shape).run();
  }

  private Figures run() {
    long elements = shape.size();
    double maxReference = 0;
    for (long i = 0; i < elements; i++) {
      double value = Math.abs(reference.getAtIndex(F32, i));
      maxReference = Double.isFinite(value) ? Math.max(maxReference, value) : maxReference;
    }
    double floor = Math.max(RELATIVE_FLOOR * maxReference, Double.MIN_NORMAL);
    for (long i = 0; i < elements; i++) {
      add(i, ours.getAtIndex(F32, i), reference.getAtIndex(F32, i), floor);
    }
    return figures(elements, maxReference);
  }

  private void add(long i, double a, double b, double floor) {
    double error = Math.abs(a - b);
    if (!Double.isFinite(error)) {
      worst = nonFinite++ == 0 ? i : worst;
      return;
    }
    if (nonFinite == 0 && error > maxAbs) {
      worst = i;
    }
    maxAbs = Math.max(maxAbs, error);
    maxRelative = Math.max(maxRelative, error / Math.max(Math.abs(b), floor));
    sumAbs += error;
    sumSquares += error * error;
    dot += a * b;
    squaresOurs += a * a;
    squaresReference += b * b;
  }

  private Figures figures(long elements, double maxReference) {
    long finite = Math.max(1, elements - nonFinite);
    return new Figures(
        elements,
        nonFinite > 0 ? Double.POSITIVE_INFINITY : maxAbs,
        sumAbs / finite,
        nonFinite > 0 ? Double.POSITIVE_INFINITY : maxRelative,
        Math.sqrt(sumSquares / finite),
        ratio(sumSquares, squaresReference),
        cosine(),
        maxReference,
        new Worst(index(worst), ours.getAtIndex(F32, worst), reference.getAtIndex(F32, worst)),
        nonFinite);
  }

  /// Two zero vectors are equal; a zero vector and another are at right angles.
  private double cosine() {
    if (squaresOurs == 0 && squaresReference == 0) {
      return 1;
    }
    return ratio(dot, Math.sqrt(squaresOurs) * Math.sqrt(squaresReference));
  }

  private static double ratio(double part, double whole) {
    return part == 0 ? 0 : part / whole;
  }

  private List<Long> index(long flat) {
    List<Long> index = new ArrayList<>();
    long rest = flat;
    for (long stride : shape.strides()) {
      index.add(rest / stride);
      rest %= stride;
    }
    return index;
  }
}
