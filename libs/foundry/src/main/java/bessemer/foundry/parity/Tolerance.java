package bessemer.foundry.parity;

/// A gate: a component passes when `max|ours − reference| ≤ gate × max(1, max|reference|)`. Trained
/// models carry activations in the thousands, where one fp32 step alone is 1e-4, hence the scale;
/// the absolute error is always shown beside it.
///
/// @param gate what must hold
/// @param aim what two good implementations reach; missing it is told, and passes
/// @param origin where the number comes from
public record Tolerance(double gate, double aim, String origin) {
  public Tolerance {
    if (!(gate > 0) || !(aim > 0) || aim > gate) {
      throw new IllegalArgumentException("a gate of " + gate + " with an aim of " + aim);
    }
  }

  public boolean passes(Figures figures) {
    return figures.nonFinite() == 0 && figures.scaledError() <= gate;
  }

  public boolean reachesAim(Figures figures) {
    return figures.nonFinite() == 0 && figures.scaledError() <= aim;
  }
}
