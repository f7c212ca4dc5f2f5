package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredType;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/// What a model holds of the weights that PyTorch ran with.
///
/// @param quantized whether linears hold codes instead of numbers
public record Weights(Rounding rounding, boolean quantized) {
  /// What happened to those numbers that are not quantized.
  public enum Rounding {
    /// The same numbers. A bf16 checkpoint that stays bf16, or is widened to fp32, is this: PyTorch
    /// ran with the same numbers widened to fp32, and so do we.
    NONE("the same numbers"),
    BF16("rounded to bf16"),
    F16("rounded to fp16");

    private final String words;

    Rounding(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  public static Weights same() {
    return new Weights(Rounding.NONE, false);
  }

  /// What these files hold of what the pack was recorded from. The recorded embeddings are rows of
  /// the source's table as they are: where they need no more bits than the files have, nothing was
  /// rounded. A pack without embeddings is held to the strict gates.
  static Weights of(Checkpoint files, ReferencePack pack) {
    return new Weights(rounding(files, pack), isQuantized(files));
  }

  /// Without a pack there is nothing that the weights could be rounded from.
  static Weights of(Checkpoint files) {
    return new Weights(Rounding.NONE, isQuantized(files));
  }

  private static boolean isQuantized(Checkpoint files) {
    return files.tensors().keySet().stream().anyMatch(name -> name.endsWith(".scales"));
  }

  private static Rounding rounding(Checkpoint files, ReferencePack pack) {
    if (holds(files, StoredType.BF16) && !fits(pack, Weights::bf16)) {
      return Rounding.BF16;
    }
    return holds(files, StoredType.F16) && !fits(pack, Weights::f16) ? Rounding.F16 : Rounding.NONE;
  }

  private static boolean holds(Checkpoint files, StoredType type) {
    return files.tensors().values().stream().anyMatch(tensor -> tensor.type() == type);
  }

  private static boolean fits(ReferencePack pack, Rounded rounded) {
    for (ReferencePack.Case recorded : pack.cases()) {
      for (ReferencePack.Component component : recorded.components()) {
        if (Kind.of(component.path()) == Kind.EMBEDDING) {
          MemorySegment rows = pack.values(component);
          float scale = (float) component.scale();
          return LongStream.range(0, component.shape().size())
              .allMatch(i -> fits(rows.getAtIndex(Comparison.F32, i), scale, rounded));
        }
      }
    }
    return true;
  }

  private interface Rounded {
    float of(float value);
  }

  /// Whether the value is a number of that type, scaled in fp32.
  private static boolean fits(float value, float scale, Rounded rounded) {
    return rounded.of(value / scale) * scale == value;
  }

  private static float bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  private static float f16(float value) {
    return Float.float16ToFloat(Float.floatToFloat16(value));
  }

  @Override
  public String toString() {
    return quantized ? "quantized, the rest " + rounding : rounding.toString();
  }
}
