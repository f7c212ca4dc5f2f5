package bessemer.tensor.optim;

import bessemer.tensor.DType;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.List;
import java.util.SequencedMap;

/// Muon, as nanochat's first version has it: momentum whose direction is made nearly orthogonal by
/// five Newton-Schulz iterations. For the matrices inside the blocks; everything else wants
/// [AdamW].
public final class Muon implements Optimizer {
  private static final int ITERATIONS = 5;
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;

  /// @param momentum from `warmup` steps on
  /// @param firstMomentum of the first step; rises linearly
  /// @param precision of the iterations: bf16 as nanochat computes them, or fp32, which is quicker
  ///   where the machine has no bf16 products
  public record Settings(float momentum, float firstMomentum, int warmup, DType precision) {
    public Settings {
      if (!precision.isFloat()) {
        throw new IllegalArgumentException(precision + " is not floating point");
      }
    }

    /// nanochat's: from 0.85 to 0.95 in 300 steps, bf16.
    public static Settings standard() {
      return new Settings(0.95f, 0.85f, 300, DType.BF16);
    }

    float momentumAt(long step) {
      float share = warmup == 0 ? 1 : Math.min(1, (float) step / warmup);
      return firstMomentum + share * (momentum - firstMomentum);
    }
  }

  private final List<Parameter> parameters;
  private final Settings settings;
  private final Memory momenta;
  private long steps;

  /// @param parameters matrices, `[out, in]`
  public Muon(List<Parameter> parameters, Settings settings) {
    for (Parameter parameter : parameters) {
      if (parameter.shape().rank() != 2) {
        throw new IllegalArgumentException(parameter + " is no matrix: give it to AdamW");
      }
    }
    this.parameters = List.copyOf(parameters);
    this.settings = settings;
    momenta = new Memory(this.parameters, "momentum");
  }

  @Override
  public void step(List<Tensor> gradients, float rate) {
    float momentum = settings.momentumAt(steps++);
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      try (Scope _ = parameter.value().engine().scope()) {
        Tensor g = gradients.get(i);
        Tensor buffer = momenta.blend(i, g, 1 - momentum);
        Tensor ahead = g.times(1 - momentum).plus(buffer.times(momentum)); // Nesterov
        double tall = (double) parameter.shape().dim(0) / parameter.shape().dim(1);
        float reach = (float) (rate * Math.sqrt(Math.max(1, tall)));
        Tensor change = orthogonal(ahead).times(-reach);
        parameter.set(parameter.value().plus(change));
      }
    }
  }

  /// A matrix with the singular vectors of `g`, its singular values near 1.
  private Tensor orthogonal(Tensor g) {
    boolean tall = g.dim(0) > g.dim(1);
    Tensor x = (tall ? g.transpose(1, 0) : g).cast(settings.precision);
    Tensor norm = norm(x).cast(settings.precision).plus(1e-7f).cast(DType.F32);
    x = x.cast(DType.F32).times(norm.power(-1)).cast(settings.precision);
    for (int i = 0; i < ITERATIONS; i++) {
      Tensor square = x.matmulTransposed(x);
      Tensor curve = square.times(B).plus(square.times(C).matmul(square));
      x = x.times(A).plus(curve.matmul(x));
    }
    Tensor done = x.cast(DType.F32);
    return tall ? done.transpose(1, 0) : done;
  }

  /// `[1]`
  private static Tensor norm(Tensor x) {
    Tensor wide = x.cast(DType.F32);
    return wide.times(wide).flatten(0, 1).sum(0).power(0.5f);
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    return Memory.saved(momenta);
  }

  @Override
  public void restore(long steps, SequencedMap<String, Tensor> state) {
    momenta.restore(state);
    this.steps = steps;
  }
}
