package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.RopeScaling.Dynamic;
import bessemer.tensor.nn.RopeScaling.Linear;
import bessemer.tensor.nn.RopeScaling.Llama3;
import bessemer.tensor.nn.RopeScaling.LongRope;
import bessemer.tensor.nn.RopeScaling.None;
import bessemer.tensor.nn.RopeScaling.Yarn;

/// Rotary positions, halves paired as in Hugging Face checkpoints.
///
/// Frequencies are computed in fp32 in PyTorch's order of operations. Double precision is not more
/// exact but *different*: the model was trained with the rounded angles.
public final class Rope {
  /// @param base the longest wavelength is 2 pi times about this many positions
  public record Spec(double base, RopeScaling scaling) {
    public Spec(double base) {
      this(base, new None());
    }

    /// Radians per position of each pair, for a pass that ends before position `end`.
    ///
    /// @param width of a head; the result has half as many
    public float[] frequencies(int width, long end) {
      return switch (scaling) {
        case None _ -> plain(base, width);
        case Linear(float factor) -> divided(plain(base, width), factor);
        case Dynamic dynamic -> plain(grown(dynamic, width, end), width);
        case Yarn yarn -> yarn(yarn, width);
        case LongRope rope -> longRope(rope, width, end);
        case Llama3 llama -> llama3(llama, plain(base, width));
      };
    }

    /// What multiplies queries and keys after the rotation.
    public float attentionFactor() {
      return switch (scaling) {
        case Yarn yarn -> (float) yarn.attentionFactor();
        case LongRope rope -> (float) rope.attentionFactor();
        case None _, Linear _, Dynamic _, Llama3 _ -> 1;
      };
    }

    /// Whether the frequencies of a longer pass may be others.
    public boolean dependsOnLength() {
      return switch (scaling) {
        case Dynamic _, LongRope _ -> true;
        case None _, Linear _, Yarn _, Llama3 _ -> false;
      };
    }

    /// A number that changes when the frequencies do.
    private long variant(long end) {
      return switch (scaling) {
        case Dynamic dynamic -> Math.max(end, dynamic.maxPositions());
        case LongRope rope -> end > rope.originalPositions() ? 1 : 0;
        case None _, Linear _, Yarn _, Llama3 _ -> 0;
      };
    }

    private static float power(double base, int pair, int width) {
      return (float) Math.pow((float) base, (float) (2 * pair) / width);
    }

    private static float[] plain(double base, int width) {
      float[] frequencies = new float[width / 2];
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = 1 / power(base, i, width);
      }
      return frequencies;
    }

    private static float[] divided(float[] frequencies, float factor) {
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] /= factor;
      }
      return frequencies;
    }

    private double grown(Dynamic dynamic, int width, long end) {
      if (end <= dynamic.maxPositions()) {
        return base;
      }
      float stretch = dynamic.factor() * end / dynamic.maxPositions() - (dynamic.factor() - 1);
      return (float) base * (float) Math.pow(stretch, (double) width / (width - 2));
    }

    private float[] yarn(Yarn yarn, int width) {
      double low = rampEnd(yarn.betaFast(), yarn.originalPositions(), width);
      double high = rampEnd(yarn.betaSlow(), yarn.originalPositions(), width);
      double from = Math.max(yarn.truncate() ? Math.floor(low) : low, 0);
      double to = Math.min(yarn.truncate() ? Math.ceil(high) : high, width - 1);
      float span = from == to ? 0.001f : (float) (to - from);
      float[] frequencies = new float[width / 2];
      for (int i = 0; i < frequencies.length; i++) {
        float period = power(base, i, width);
        float kept = 1 - Math.clamp((i - (float) from) / span, 0, 1);
        float stretched = 1 / ((float) yarn.factor() * period);
        frequencies[i] = stretched * (1 - kept) + 1 / period * kept;
      }
      return frequencies;
    }

    /// The pair that turns `rotations` times within the original length.
    private double rampEnd(double rotations, long positions, int width) {
      return width * Math.log(positions / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }

    private float[] longRope(LongRope rope, int width, long end) {
      boolean beyond = end > rope.originalPositions();
      float[] factors = beyond ? rope.longFactors() : rope.shortFactors();
      float[] frequencies = new float[width / 2];
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = 1 / (factors[i] * power(base, i, width));
      }
      return frequencies;
    }

    private static float[] llama3(Llama3 llama, float[] frequencies) {
      float longest = llama.originalPositions() / llama.lowFactor();
      float shortest = llama.originalPositions() / llama.highFactor();
      float range = llama.highFactor() - llama.lowFactor();
      for (int i = 0; i < frequencies.length; i++) {
        float wave = 1 / frequencies[i] * (float) (2 * Math.PI); // PyTorch divides scalars so
        if (wave > longest) {
          frequencies[i] /= llama.factor();
        } else if (wave >= shortest) {
          float smooth = (1 / wave * llama.originalPositions() - llama.lowFactor()) / range;
          frequencies[i] = (1 - smooth) * frequencies[i] / llama.factor() + smooth * frequencies[i];
        }
      }
      return frequencies;
    }
  }

  private final Spec spec;
  private final int width;
  private final Parameter frequencies;

  /// @param frequencies those of the shortest pass
  Rope(Spec spec, int width, Parameter frequencies) {
    this.spec = spec;
    this.width = width;
    this.frequencies = frequencies;
  }

  /// Queries or keys BHLE at the positions of the pass.
  public Tensor rotate(Tensor x, Pass pass) {
    return x.rope(pass.offsets(), table(x, pass.end()), false, spec.attentionFactor());
  }

  private Tensor table(Tensor x, long end) {
    if (spec.variant(end) == spec.variant(0)) {
      return frequencies.value();
    }
    return x.engine().of(spec.frequencies(width, end), width / 2);
  }
}
