package bessemer.foundry.convert;

import java.util.List;

/// How the result compares with the source, tensor by tensor.
///
/// @param tensors compared; all of them were within their bounds
/// @param exact those that hold the same numbers as the source
/// @param worst the lossy tensors that are furthest off, relative to their size, worst first
/// @param relativeRmse root of the mean square error over that of the numbers, over all lossy
///   tensors; 0 if there are none
public record CheckReport(int tensors, int exact, List<Deviation> worst, double relativeRmse) {
  public CheckReport {
    worst = List.copyOf(worst);
  }

  /// @param maxAbs largest difference of a number
  /// @param maxOfBound the same as a part of the difference that would be an error; at most 1
  /// @param relativeRmse root of the mean square error over that of the numbers
  public record Deviation(String tensor, double maxAbs, double maxOfBound, double relativeRmse) {}
}
