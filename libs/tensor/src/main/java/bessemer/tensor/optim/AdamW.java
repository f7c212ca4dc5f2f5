package bessemer.tensor.optim;

import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.List;
import java.util.SequencedMap;

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter), in PyTorch's order of
/// operations: what `torch.optim.AdamW` computes.
public final class AdamW implements Optimizer {
  /// @param meanDecay beta 1
  /// @param squareDecay beta 2
  /// @param weightDecay share of a weight that a rate of 1 takes away in a step
  public record Settings(float meanDecay, float squareDecay, float epsilon, float weightDecay) {
    public Settings {
      if (!(0 <= meanDecay && meanDecay < 1 && 0 <= squareDecay && squareDecay < 1)) {
        throw new IllegalArgumentException(
            "decays are %s and %s, not from 0 to below 1".formatted(meanDecay, squareDecay));
      }
    }

    /// PyTorch's.
    public static Settings standard() {
      return new Settings(0.9f, 0.999f, 1e-8f, 0.01f);
    }
  }

  private final List<Parameter> parameters;
  private final Settings settings;
  private final Memory means;
  private final Memory squares;
  private long steps;

  public AdamW(List<Parameter> parameters, Settings settings) {
    this.parameters = List.copyOf(parameters);
    this.settings = settings;
    means = new Memory(this.parameters, "mean");
    squares = new Memory(this.parameters, "square");
  }

  @Override
  public void step(List<Tensor> gradients, float rate) {
    steps++;
    double mean = 1 - Math.pow(settings.meanDecay, steps);
    double root = Math.sqrt(1 - Math.pow(settings.squareDecay, steps));
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      try (Scope _ = parameter.value().engine().scope()) {
        Tensor g = gradients.get(i);
        Tensor m = means.blend(i, g, 1 - settings.meanDecay);
        Tensor v = squares.blend(i, g.times(g), 1 - settings.squareDecay);
        Tensor spread = v.power(0.5f).times((float) (1 / root)).plus(settings.epsilon);
        Tensor change = m.times(spread.power(-1)).times((float) (-rate / mean));
        parameter.set(decayed(parameter.value(), rate).plus(change));
      }
    }
  }

  private Tensor decayed(Tensor value, float rate) {
    return settings.weightDecay == 0 ? value : value.times(1 - rate * settings.weightDecay);
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    return Memory.saved(means, squares);
  }

  @Override
  public void restore(long steps, SequencedMap<String, Tensor> state) {
    means.restore(state);
    squares.restore(state);
    this.steps = steps;
  }
}
