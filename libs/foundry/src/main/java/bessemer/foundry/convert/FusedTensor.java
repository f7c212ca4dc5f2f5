package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A weight with its adapter in it, written row by row: dequantized if it was quantized, summed in
/// fp32, rounded once to the type of the result, quantized again if it stays so.
record FusedTensor(SourceModel source, TensorPlan tensor, LowRankDelta delta) {

  void write(SafetensorsWriter out) throws IOException {
    switch (tensor.action()) {
      case Action.Copy _, Action.Cast _, Action.Dequantize _ -> plain(out);
      case Action.Quantize(var q) -> quantized(q, out);
      case Action.Int8 _ -> throw new IllegalArgumentException("adapters and int8: see Planner");
    }
  }

  private int width() {
    return Math.toIntExact(tensor.rowElements());
  }

  private void plain(SafetensorsWriter out) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var rows = new Rows(source, tensor, arena);
      MemorySegment encoded = arena.allocate((long) width() * tensor.to().width(), 64);
      for (int row = 0; row < tensor.rows(); row++) {
        Elements.encode(tensor.to(), sum(rows, row), width(), encoded, 0);
        out.append(tensor.name(), encoded);
      }
    }
  }

  private void quantized(Quantization q, SafetensorsWriter out) throws IOException {
    try (Arena arena = Arena.ofConfined();
        Tile.Sides sides = Tile.Sides.of(tensor)) {
      var rows = new Rows(source, tensor, arena);
      MemorySegment encoded = arena.allocate((long) width() * tensor.to().width(), 64);
      MemorySegment words = arena.allocate(4L * q.words(width()), 64);
      long side = (long) width() / q.group() * tensor.to().width();
      DType type = DType.valueOf(tensor.to().name());
      for (int row = 0; row < tensor.rows(); row++) {
        Elements.encode(tensor.to(), sum(rows, row), width(), encoded, 0);
        var packed =
            new AffineQuantizer.Packed(
                words, sides.scales().asSlice(row * side), sides.biases().asSlice(row * side));
        AffineQuantizer.quantizeRows(q, type, 1, width(), encoded, packed);
        out.append(tensor.name(), words);
      }
      out.append(tensor.module() + ".scales", sides.scales());
      out.append(tensor.module() + ".biases", sides.biases());
    }
  }

  private float[] sum(Rows rows, int row) {
    float[] values = rows.read(row);
    delta.addTo(values, row);
    int bad = Elements.firstNotFinite(values, values.length);
    boolean narrow = tensor.to() == StoredType.F16;
    for (int i = 0; narrow && bad < 0 && i < values.length; i++) {
      bad = Math.abs(values[i]) >= 65_520 ? i : bad;
    }
    if (bad >= 0) {
      throw new BadCheckpointException(
          source.tensor(tensor.name()).file(),
          "tensor %s with its adapter is %s at row %d, column %d, which %s cannot hold"
              .formatted(quoted(tensor.name()), values[bad], row, bad, tensor.to()));
    }
    return values;
  }

  /// The rows of a weight as fp32.
  private static final class Rows {
    private final SourceModel source;
    private final TensorPlan tensor;
    private final AffineQuantizer.Packed packed;
    private final float[] values;

    Rows(SourceModel source, TensorPlan tensor, Arena arena) {
      this.source = source;
      this.tensor = tensor;
      values = new float[Math.toIntExact(tensor.rowElements())];
      MemorySegment weight = all(tensor.name(), arena);
      boolean quantized = source.quantization(tensor.name()).isPresent();
      packed =
          new AffineQuantizer.Packed(
              weight,
              quantized ? all(tensor.module() + ".scales", arena) : weight,
              quantized ? all(tensor.module() + ".biases", arena) : weight);
    }

    private MemorySegment all(String name, Arena arena) {
      return source.checkpoint().data(name, 0, tensor.rows(), arena);
    }

    float[] read(int row) {
      source
          .quantization(tensor.name())
          .ifPresentOrElse(
              q -> dequantize(q, row),
              () ->
                  Elements.decode(
                      tensor.from(),
                      packed.words(),
                      (long) row * values.length,
                      values,
                      values.length));
      return values;
    }

    private void dequantize(Quantization q, int row) {
      var dequantizer = new Dequantizer(q, tensor.from());
      float[] group = new float[q.group()];
      int groups = values.length / q.group();
      for (int i = 0; i < groups; i++) {
        dequantizer.group(packed, (long) row * groups + i, group);
        System.arraycopy(group, 0, values, i * q.group(), q.group());
      }
    }
  }
}
