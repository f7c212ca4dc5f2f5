package bessemer.foundry.parity;

import java.util.List;

/// How far our values lie from PyTorch's, computed in double.
///
/// @param maxAbs the largest `|ours − reference|`; infinite where a value is not finite
/// @param maxRelative the largest `|ours − reference| / max(|reference|, floor)`, the floor a
///   thousandth of `maxReference`, below which a relative error says nothing
/// @param rmse root of the mean squared error
/// @param nmse squared error over squared reference
/// @param cosine of the angle between both, taken as vectors
/// @param maxReference the largest `|reference|`
/// @param worst where `maxAbs` is
/// @param nonFinite values that are NaN or infinite on one side at least; left out of all means
public record Figures(
    long elements,
    double maxAbs,
    double meanAbs,
    double maxRelative,
    double rmse,
    double nmse,
    double cosine,
    double maxReference,
    Worst worst,
    long nonFinite) {

  /// @param index along each axis
  public record Worst(List<Long> index, double ours, double reference) {
    public Worst {
      index = List.copyOf(index);
    }
  }

  /// What the gate compares with a tolerance: the error in units of the largest value, or of 1.
  public double scaledError() {
    return maxAbs / Math.max(1, maxReference);
  }
}
