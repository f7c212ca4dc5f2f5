package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.tensor.AffineQuantizer;
import bessemer.tensor.DType;
import bessemer.tensor.Quantization;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Some rows of a tensor on their way from the source to the result.
///
/// @param sides where scales and biases of the whole tensor go, if it is quantized
record Tile(SourceModel source, TensorPlan tensor, long from, long to, Sides sides) {
  /// Numbers that are converted at a time: few enough to stay in a core's own cache.
  static final int BLOCK = 8192;

  /// Scales and biases are written behind the codes, so they wait until these are complete.
  record Sides(Arena arena, MemorySegment scales, MemorySegment biases) implements AutoCloseable {
    static Sides of(TensorPlan tensor) {
      long scales =
          switch (tensor.action()) {
            case Action.Copy _, Action.Cast _, Action.Dequantize _ -> 0;
            case Action.Quantize(var q) -> tensor.elements() / q.group() * tensor.to().width();
            case Action.Int8 _ -> tensor.rows() * Float.BYTES;
          };
      long biases = tensor.action() instanceof Action.Quantize ? scales : 0;
      Arena arena = Arena.ofShared();
      return new Sides(arena, arena.allocate(scales, 64), arena.allocate(biases, 64));
    }

    @Override
    public void close() {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  long elements() {
    return (to - from) * tensor.rowElements();
  }

  /// Bytes of the tile in the first of its outputs.
  long bytes() {
    return switch (tensor.action()) {
      case Action.Copy _, Action.Cast _, Action.Dequantize _ -> elements() * tensor.to().width();
      case Action.Quantize(var q) -> elements() * q.bits() / 8;
      case Action.Int8 _ -> elements();
    };
  }

  /// Bytes of the tile in the source, scales and biases left out.
  long sourceBytes() {
    return tensor.sourceBytes(elements());
  }

  /// Converts into the beginning of `out`.
  MemorySegment convert(MemorySegment out, float[] block, Arena arena) {
    if (elements() == 0) {
      return out.asSlice(0, 0);
    }
    return switch (tensor.action()) {
      case Action.Copy _ -> copy(out, block, arena);
      case Action.Cast _ -> cast(out, block, arena);
      case Action.Quantize(var q) -> quantize(q, out, block, arena);
      case Action.Int8 _ -> int8(out, block, arena);
      case Action.Dequantize(var q) -> dequantize(q, out, block, arena);
    };
  }

  private MemorySegment rows(String name, Arena arena) {
    return source.checkpoint().data(name, from, to, arena);
  }

  private MemorySegment copy(MemorySegment out, float[] block, Arena arena) {
    MemorySegment in = rows(tensor.name(), arena);
    for (long at = 0; at < elements(); at += BLOCK) {
      read(in, at, block);
    }
    return out.asSlice(0, bytes()).copyFrom(in);
  }

  private MemorySegment cast(MemorySegment out, float[] block, Arena arena) {
    MemorySegment in = rows(tensor.name(), arena);
    for (long at = 0; at < elements(); at += BLOCK) {
      int count = read(in, at, block);
      requireRange(block, count, at);
      Elements.encode(tensor.to(), block, count, out, at);
    }
    return out.asSlice(0, bytes());
  }

  private MemorySegment quantize(Quantization q, MemorySegment out, float[] block, Arena arena) {
    MemorySegment in = rows(tensor.name(), arena);
    if (tensor.from() == tensor.to()) {
      quantize(q, in, elements(), out, 0);
    } else {
      MemorySegment cast = arena.allocate((long) BLOCK * tensor.to().width(), 64);
      for (long at = 0; at < elements(); at += BLOCK) {
        int count = read(in, at, block);
        requireRange(block, count, at);
        Elements.encode(tensor.to(), block, count, cast, 0);
        quantize(q, cast, count, out, at);
      }
    }
    requireScales(q, in, block);
    return out.asSlice(0, bytes());
  }

  /// Quantizes `count` weights to where those from element `at` of the tile go.
  private void quantize(Quantization q, MemorySegment in, long count, MemorySegment out, long at) {
    long group = (first() + at) / q.group() * tensor.to().width();
    var packed =
        new AffineQuantizer.Packed(
            out.asSlice(at * q.bits() / 8),
            sides.scales.asSlice(group),
            sides.biases.asSlice(group));
    DType type = DType.valueOf(tensor.to().name());
    AffineQuantizer.quantizeRows(q, type, 1, count, in, packed);
  }

  /// A number that is not finite makes the scale of its group so: looking at scales is quicker than
  /// looking at all numbers.
  private void requireScales(Quantization q, MemorySegment in, float[] block) {
    long group = first() / q.group();
    long end = group + elements() / q.group();
    for (long from = group; from < end; from += BLOCK) {
      int count = (int) Math.min(BLOCK, end - from);
      Elements.decode(tensor.to(), sides.scales, from, block, count);
      int bad = Elements.firstNotFinite(block, count);
      if (bad >= 0) {
        long at = (from + bad) * q.group() - first();
        read(in, at, q.group(), block);
        throw new BadCheckpointException(
            source.tensor(tensor.name()).file(),
            "tensor %s %s: the numbers from element %d on are too large to be quantized"
                .formatted(quoted(tensor.name()), tensor.shape(), first() + at));
      }
    }
  }

  /// A row at a time: its largest magnitude first, then codes.
  private MemorySegment int8(MemorySegment out, float[] block, Arena arena) {
    MemorySegment in = rows(tensor.name(), arena);
    long width = tensor.rowElements();
    for (long row = 0; row < to - from; row++) {
      float most = 0;
      long end = (row + 1) * width;
      for (long at = row * width; at < end; at += BLOCK) {
        int count = read(in, at, (int) Math.min(BLOCK, end - at), block);
        most = Math.max(most, Int8Codes.most(block, count));
      }
      float scale = Int8Codes.scale(most);
      for (long at = row * width; at < end; at += BLOCK) {
        int count = (int) Math.min(BLOCK, end - at);
        if (width > BLOCK) { // else the row is still there
          Elements.decode(tensor.from(), in, at, block, count);
        }
        Int8Codes.encode(block, count, scale, out, at);
      }
      sides.scales.setAtIndex(ValueLayout.JAVA_FLOAT, from + row, scale);
    }
    return out.asSlice(0, bytes());
  }

  /// Rounded once more to the type of the result.
  private MemorySegment dequantize(Quantization q, MemorySegment out, float[] block, Arena arena) {
    var packed =
        new AffineQuantizer.Packed(
            rows(tensor.name(), arena),
            rows(tensor.module() + ".scales", arena),
            rows(tensor.module() + ".biases", arena));
    var dequantizer = new Dequantizer(q, tensor.from());
    for (long at = 0; at < elements(); at += q.group()) {
      dequantizer.group(packed, at / q.group(), block);
      requireFinite(block, q.group(), at);
      requireRange(block, q.group(), at);
      Elements.encode(tensor.to(), block, q.group(), out, at);
    }
    return out.asSlice(0, bytes());
  }

  private int read(MemorySegment in, long at, float[] block) {
    return read(in, at, (int) Math.min(BLOCK, elements() - at), block);
  }

  private int read(MemorySegment in, long at, int count, float[] block) {
    Elements.decode(tensor.from(), in, at, block, count);
    requireFinite(block, count, at);
    return count;
  }

  private void requireFinite(float[] block, int count, long at) {
    int bad = Elements.firstNotFinite(block, count);
    if (bad >= 0) {
      StoredTensor stored = source.tensor(tensor.name());
      throw new BadCheckpointException(
          stored.file(),
          "tensor %s %s is %s at element %d; the weights are damaged: download them again"
              .formatted(quoted(tensor.name()), tensor.shape(), block[bad], first() + at + bad));
    }
  }

  /// Numbers that the narrower type cannot hold would become infinite.
  private void requireRange(float[] block, int count, long at) {
    double limit = limit(tensor.to());
    for (int i = 0; i < count; i++) {
      if (Math.abs(block[i]) >= limit) {
        throw new BadRequestException(
            "tensor %s %s is %s at element %d, which %s cannot hold; choose --dtype bf16 or fp32"
                .formatted(
                    quoted(tensor.name()),
                    tensor.shape(),
                    block[i],
                    first() + at + i,
                    tensor.to()));
      }
    }
  }

  private long first() {
    return from * tensor.rowElements();
  }

  /// The smallest magnitude that is rounded to infinity.
  private static double limit(StoredType type) {
    return switch (type) {
      case F16 -> 65_520;
      case BF16 -> 0x1.ffp127;
      case F32, F64 -> Double.POSITIVE_INFINITY;
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64 ->
          throw new IllegalArgumentException("no type of weights: " + type);
    };
  }
}
