package bessemer.tensor.mlx;

import bessemer.mlx.MlxType;
import bessemer.tensor.Spec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Products with codes of int8 and one scale a row, which MLX does not have: as its affine
/// quantization of 8 bits, `s * (code + 128) - 128 * s`, made once for each weight; or with the
/// weights as floats, where no group of MLX's divides their rows. Activations are never rounded.
final class MlxInt8 {
  private static final int[] GROUPS = {128, 64, 32};
  private static final int ZERO = 128;

  private final Mlx mlx;

  MlxInt8(Mlx mlx) {
    this.mlx = mlx;
  }

  long product(MlxArray[] in) {
    int group = group(in[1].dim(1));
    if (group == 0) {
      long column = mlx.c.reshape(in[2].at, Math.toIntExact(in[2].dim(0)), 1);
      long weights = mlx.c.multiply(mlx.c.cast(in[1].at, MlxType.F32), column);
      return mlx.c.matmul(in[0].at, mlx.c.transpose(weights, 1, 0));
    }
    MlxArray.Affine affine = in[1].affine;
    if (affine == null || affine.of() != in[2]) {
      release(affine);
      affine = affine(in[1], in[2], group);
      in[1].affine = affine;
    }
    return mlx.c.quantizedMatmul(
        in[0].at, affine.words(), affine.scales(), affine.biases(), 8, group);
  }

  private static int group(long width) {
    for (int group : GROUPS) {
      if (width % group == 0) {
        return group;
      }
    }
    return 0;
  }

  private MlxArray.Affine affine(MlxArray codes, MlxArray scales, int group) {
    Spec spec = codes.spec();
    int rows = Math.toIntExact(spec.shape().dim(0));
    int width = Math.toIntExact(spec.shape().dim(1));
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment words = passing.allocate(Math.max(8, spec.bytes()), 64);
      mlx.read(codes, words.asSlice(0, spec.bytes()));
      for (long at = 0; at < spec.bytes(); at++) {
        byte code = words.get(ValueLayout.JAVA_BYTE, at);
        words.set(ValueLayout.JAVA_BYTE, at, (byte) (code + ZERO));
      }
      float[] one = new float[rows];
      mlx.read(scales, MemorySegment.ofArray(one));
      int groups = width / group;
      return new MlxArray.Affine(
          scales,
          mlx.session.keep(mlx.session.upload(words, new int[] {rows, width / 4}, MlxType.U32)),
          spread(passing, one, groups, 1),
          spread(passing, one, groups, -ZERO));
    }
  }

  private long spread(Arena passing, float[] scales, int groups, int factor) {
    MemorySegment all = passing.allocate(Math.max(8, 4L * scales.length * groups), 64);
    for (int i = 0; i < scales.length * groups; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, factor * scales[i / groups]);
    }
    int[] dims = {scales.length, groups};
    return mlx.session.keep(mlx.session.upload(all, dims, MlxType.F32));
  }

  void release(MlxArray.@Nullable Affine affine) {
    if (affine != null) {
      mlx.session.free(affine.words());
      mlx.session.free(affine.scales());
      mlx.session.free(affine.biases());
    }
  }
}
