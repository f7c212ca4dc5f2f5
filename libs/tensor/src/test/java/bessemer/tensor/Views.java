package bessemer.tensor;

import java.util.Random;

/// Tensors of random numbers that lie in memory in all the ways that views make.
enum Views {
  DENSE,
  TRANSPOSED,
  SLICED,
  BROADCAST;

  /// Sizes that no vector, block or group fits, and empty ones.
  static final long[][] SHAPES = {
    {1}, {7}, {0}, {1, 1}, {17, 33}, {3, 0}, {0, 5}, {2, 3, 5}, {2, 0, 5}, {3, 1, 67}, {2, 3, 4, 5}
  };

  static final DType[] FLOATS = {DType.F32, DType.F16, DType.BF16};

  /// Rounding of a type, a few times over.
  static double tolerance(DType type) {
    return switch (type) {
      case F32 -> 2e-6;
      case F16 -> 2e-3;
      case BF16 -> 1.6e-2;
      case I8, I32, U32 -> 0;
    };
  }

  Tensor of(Engine engine, Random random, DType type, long... dims) {
    return switch (this) {
      case DENSE -> dense(engine, random, type, dims);
      case TRANSPOSED -> {
        int[] axes = new int[dims.length];
        long[] turned = new long[dims.length];
        for (int axis = 0; axis < dims.length; axis++) {
          axes[axis] = dims.length - 1 - axis;
          turned[axis] = dims[axes[axis]];
        }
        yield dense(engine, random, type, turned).transpose(axes);
      }
      case SLICED -> {
        long[] wider = dims.clone();
        wider[dims.length - 1] += 3;
        Tensor all = dense(engine, random, type, wider);
        yield all.slice(dims.length - 1, 2, 2 + dims[dims.length - 1]);
      }
      case BROADCAST -> {
        long[] one = dims.clone();
        one[0] = Math.min(1, dims[0]);
        yield dense(engine, random, type, one).broadcast(Shape.of(dims));
      }
    };
  }

  private static Tensor dense(Engine engine, Random random, DType type, long... dims) {
    Tensor numbers = Numbers.random(engine, random, dims);
    return type == DType.F32 ? numbers : numbers.cast(type);
  }
}
