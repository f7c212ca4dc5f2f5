package bessemer.tensor;

import bessemer.tensor.Primitive.*;
import java.util.Arrays;
import java.util.stream.Collectors;

/// The result of a primitive before it runs: the only place that checks shapes and element types,
/// so that backends may trust what they are given.
///
/// An engine asks one and the same for every primitive, so that asking leaves no garbage.
final class Inference {
  private Primitive op = new Primitive.Add();
  private Tensor[] in = {};

  /// @throws IllegalArgumentException if the inputs do not fit
  Spec result(Primitive next, Tensor... inputs) {
    op = next;
    in = inputs;
    return switch (op) {
      case Fill fill -> new Spec(DType.F32, fill.shape());
      case Unary _ -> floating(0);
      case Binary _ -> sameType(0, 1).with(broadcast(0, 1));
      case Less _ -> new Spec(DType.I32, sameType(0, 1).with(broadcast(0, 1)).shape());
      case Where _ -> {
        require(integer(0), "the condition is not i32");
        Spec sides = sameType(1, 2).with(broadcast(1, 2));
        yield sides.with(broadcast(shape(0), sides.shape()));
      }
      case Sum sum -> {
        axis(sum.axis());
        yield floating(0).with(shape(0).with(sum.axis(), 1));
      }
      case ArgMax _ -> {
        require(floating(0).shape().rank() > 0 && last(0) > 0, "needs a last axis");
        yield new Spec(DType.I32, shape(0).dropLast());
      }
      case Draw _ -> {
        require(floating(0).shape().rank() > 0 && last(0) > 0, "needs a last axis");
        require(floating(1).shape().equals(shape(0).dropLast()), "needs one number for each row");
        yield new Spec(DType.I32, shape(1));
      }
      case TopK top -> {
        require(floating(0).shape().rank() > 0, "needs a last axis");
        require(1 <= top.count() && top.count() <= last(0), "more than the axis has");
        yield new Spec(DType.I32, shape(0).with(-1, top.count()));
      }
      case Take _ -> {
        require(integer(1) && shape(0).rank() == shape(1).rank(), "needs i32 indices of its rank");
        require(shape(0).dropLast().equals(shape(1).dropLast()), "other axes differ");
        yield floating(0).with(shape(1));
      }
      case Matmul matmul -> biased(2, matmul(matmul.transposeB()));
      case QuantizedMatmul(Quantization q) -> {
        require(last(0) == packedWidth(1, q), "widths differ");
        yield biased(4, floating(0).with(shape(0).with(-1, shape(1).dim(0))));
      }
      case Dequantize(Quantization q) -> floating(1).with(packed(0, q));
      case Int8Matmul _ -> {
        require(in[1].dtype() == DType.I8 && shape(1).rank() == 2, "needs i8 codes [N, D]");
        require(last(0) == last(1), "widths differ");
        boolean scaled = in[2].dtype() == DType.F32 && row(2, shape(1).dim(0));
        require(scaled, "needs one f32 scale for each row of codes");
        yield biased(3, floating(0).with(shape(0).with(-1, shape(1).dim(0))));
      }
      case RmsNorm _ -> {
        require(row(1, last(0)), "the weight is not one row");
        yield floating(0);
      }
      case LayerNorm _ -> {
        require(row(1, last(0)), "the weight is not one row");
        require(shape(2).equals(shape(1)), "the bias is not one row");
        yield floating(0);
      }
      case Rope _ -> {
        require(shape(0).rank() == 4, "needs [B, H, L, E]");
        require(rows(1) && row(2, last(0) / 2), "needs [B] and [E / 2]");
        yield floating(0);
      }
      case Attention _ -> attention();
      case RowsAttention _ -> rowsAttention();
      case MaskBias m -> {
        require(shape(0).rank() == 1 && integer(0), "needs integer bounds [B]");
        yield new Spec(DType.F32, Shape.of(shape(0).dim(0), 1, m.queries(), m.keys()));
      }
      case Place _ -> {
        require(rank(4, 0, 1) && rows(2), "needs [B, K, S, E], [B, K, L, E], [B]");
        boolean rounded = in[0].dtype().isFloat() && in[1].dtype().isFloat();
        boolean codes = in[0].dtype() == DType.I8 && in[1].dtype().isFloat();
        require(rounded || codes || in[0].dtype() == in[1].dtype(), "element types differ");
        Shape room = codes ? shape(0).with(3, last(0) - Float.BYTES) : shape(0);
        boolean fits = room.with(2, shape(1).dim(2)).equals(shape(1));
        require(fits && shape(1).dim(2) <= shape(0).dim(2), "the update does not fit the buffer");
        yield in[0].spec();
      }
      case Gather _ -> {
        require(shape(0).rank() == 2 && integer(1), "needs a table and integer indices");
        yield in[0].spec().with(shape(1).append(last(0)));
      }
      case Scatter scatter -> {
        require(integer(1) && shape(0).equals(shape(1).append(last(0))), "one row per index");
        yield floating(0).with(Shape.of(scatter.rows(), last(0)));
      }
      case OneHot oneHot -> {
        require(integer(0), "needs integers");
        yield new Spec(DType.F32, shape(0).append(oneHot.classes()));
      }
      case CrossEntropy _ -> {
        require(integer(1) && shape(0).equals(shape(1).append(last(0))), "one target per row");
        yield floating(0).with(shape(1));
      }
      case CrossEntropyGradient _ -> {
        require(integer(1) && shape(0).equals(shape(1).append(last(0))), "one target per row");
        require(shape(2).equals(shape(1)), "one gradient per row");
        yield sameType(0, 2);
      }
      case RmsNormGradient _ -> {
        require(shape(1).equals(Shape.of(last(0))), "the weight is not one row");
        require(shape(2).equals(shape(0)), "the gradient is not of the result");
        yield sameType(0, 2);
      }
      case Reshape reshape -> {
        require(shape(0).size() == reshape.shape().size(), "the number of elements differs");
        yield in[0].spec().with(reshape.shape());
      }
      case Broadcast broadcast -> {
        require(fits(shape(0), broadcast.shape()), "axes must be equal or 1");
        yield in[0].spec().with(broadcast.shape());
      }
      case Transpose transpose -> transpose(transpose.axes());
      case Slice slice -> {
        axis(slice.axis());
        boolean inside = 0 <= slice.from() && slice.from() <= slice.to();
        require(inside && slice.to() <= shape(0).dim(slice.axis()), "outside the axis");
        yield in[0].spec().with(shape(0).with(slice.axis(), slice.to() - slice.from()));
      }
      case Concat concat -> concat(concat.axis());
      case Cast cast -> new Spec(cast.dtype(), shape(0));
    };
  }

  private Spec transpose(int[] axes) {
    require(axes.length == shape(0).rank(), "needs every axis once");
    long[] dims = new long[axes.length];
    long seen = 0;
    for (int axis = 0; axis < dims.length; axis++) {
      boolean known = 0 <= axes[axis] && axes[axis] < dims.length;
      require(known && (seen >> axes[axis] & 1) == 0, "needs every axis once");
      seen |= 1L << axes[axis];
      dims[axis] = shape(0).dim(axes[axis]);
    }
    return in[0].spec().with(Shape.owning(dims));
  }

  private Spec concat(int axis) {
    axis(axis);
    long length = 0;
    for (int i = 0; i < in.length; i++) {
      require(in[i].dtype() == in[0].dtype(), "element types differ");
      require(shape(i).rank() == shape(0).rank(), "ranks differ");
      long part = shape(i).dim(axis);
      require(shape(0).with(axis, part).equals(shape(i)), "other axes differ");
      length += part;
    }
    return in[0].spec().with(shape(0).with(axis, length));
  }

  private Spec matmul(boolean transposeB) {
    Shape b = shape(1);
    require(shape(0).rank() >= 2 && b.rank() >= 2, "needs two matrices");
    require(last(0) == b.dim(transposeB ? -1 : -2), "inner lengths differ");
    boolean alike = b.rank() == 2;
    if (b.rank() == shape(0).rank()) {
      Shape batch = shape(0).with(-1, 1).with(-2, 1);
      alike |= batch.equals(b.with(-1, 1).with(-2, 1));
    }
    require(alike, "batches differ");
    floating(1);
    return floating(0).with(shape(0).with(-1, b.dim(transposeB ? -2 : -1)));
  }

  /// A product whose bias is at `i`, if it has one.
  private Spec biased(int i, Spec product) {
    if (in.length > i) {
      sameType(0, i);
      require(row(i, product.shape().dim(-1)), "the bias is not one row");
    }
    return product;
  }

  private Spec attention() {
    require(rank(4, 0, 1, 2) && rows(3), "needs [B, H, L, E], twice [B, K, S, E], and [B]");
    require(shape(1).equals(shape(2)), "keys and values differ");
    boolean rows = shape(0).dim(0) == shape(1).dim(0) && last(0) == stored(1);
    require(rows && shape(0).dim(1) % shape(1).dim(1) == 0, "heads do not match");
    return floating(0);
  }

  private Spec rowsAttention() {
    require(rank(4, 0) && rows(1), "needs [B, H, L, E] and [B]");
    require(in.length == 2 + 2 * shape(0).dim(0), "needs keys and values of each row");
    for (int i = 2; i < in.length; i += 2) {
      require(rank(4, i, i + 1) && shape(i).equals(shape(i + 1)), "keys and values differ");
      boolean fits = shape(i).dim(0) == 1 && last(0) == stored(i);
      require(fits && shape(i).dim(1) == shape(2).dim(1), "needs [1, K, S, E] for each row");
      require(shape(0).dim(1) % shape(i).dim(1) == 0, "heads do not match");
    }
    return floating(0);
  }

  /// The width of keys or values as they were before they were stored.
  private long stored(int i) {
    return in[i].dtype() == DType.I8 ? last(i) - Float.BYTES : floating(i).shape().dim(-1);
  }

  /// The unpacked shape of the packed input `i`, whose scales and biases follow it.
  private Shape packed(int i, Quantization q) {
    return shape(i).with(-1, packedWidth(i, q));
  }

  /// Its columns. Asked for every product of a decoding step, so nothing is allocated.
  private long packedWidth(int i, Quantization q) {
    require(in[i].dtype() == DType.U32 && shape(i).rank() == 2, "needs packed u32 words [N, D]");
    require(32 * last(i) % q.bits() == 0, "the last word is not full");
    long width = 32 * last(i) / q.bits();
    Shape scales = shape(i + 1);
    boolean grouped = q.fits(width) && scales.rank() == 2;
    grouped &= grouped && scales.dim(0) == shape(i).dim(0) && scales.dim(1) == width / q.group();
    require(grouped && shape(i + 2).equals(scales), "scales do not match the groups");
    return width;
  }

  private Shape broadcast(int a, int b) {
    return broadcast(shape(a), shape(b));
  }

  private Shape broadcast(Shape a, Shape b) {
    Shape wide = a.rank() >= b.rank() ? a : b;
    Shape narrow = a.rank() >= b.rank() ? b : a;
    Shape result = wide;
    for (int axis = 1; axis <= narrow.rank(); axis++) {
      long dim = wide.dim(-axis) == 1 ? narrow.dim(-axis) : wide.dim(-axis);
      result = dim == wide.dim(-axis) ? result : result.with(-axis, dim);
    }
    require(fits(narrow, result), "axes must be equal or 1");
    return result;
  }

  private static boolean fits(Shape narrow, Shape wide) {
    boolean fits = narrow.rank() <= wide.rank();
    for (int axis = 1; fits && axis <= narrow.rank(); axis++) {
      fits = narrow.dim(-axis) == 1 || narrow.dim(-axis) == wide.dim(-axis);
    }
    return fits;
  }

  private Spec sameType(int i, int j) {
    require(floating(i).dtype() == floating(j).dtype(), "element types differ: cast one side");
    return in[i].spec();
  }

  private Spec floating(int i) {
    require(in[i].dtype().isFloat(), "needs floating point");
    return in[i].spec();
  }

  private boolean integer(int i) {
    return in[i].dtype() == DType.I32;
  }

  private boolean rows(int i) {
    return integer(i) && row(i, shape(0).dim(0));
  }

  private boolean row(int i, long length) {
    return shape(i).rank() == 1 && shape(i).dim(0) == length;
  }

  private boolean rank(int rank, int... inputs) {
    for (int i : inputs) {
      if (shape(i).rank() != rank) {
        return false;
      }
    }
    return true;
  }

  private void axis(int axis) {
    require(-shape(0).rank() <= axis && axis < shape(0).rank(), "no such axis");
  }

  private Shape shape(int i) {
    return in[i].shape();
  }

  private long last(int i) {
    require(shape(i).rank() > 0, "needs a last axis");
    return shape(i).dim(-1);
  }

  private void require(boolean held, String rule) {
    if (!held) {
      String specs = Arrays.stream(in).map(t -> t.spec() + "").collect(Collectors.joining(" x "));
      throw new IllegalArgumentException(op + ": " + specs + ": " + rule);
    }
  }
}
