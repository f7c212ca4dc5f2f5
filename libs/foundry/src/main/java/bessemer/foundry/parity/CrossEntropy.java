package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Case;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The mean loss of predicting each next token of a case, in nats.
final class CrossEntropy {
  private CrossEntropy() {}

  /// @param logits fp32 of every position of the case
  /// @return NaN where the case has nothing to predict, or records some positions only
  static double of(MemorySegment logits, Case recorded, int vocabulary) {
    if (recorded.isPartial() || recorded.length() < 2) {
      return Double.NaN;
    }
    double sum = 0;
    double[] row = new double[vocabulary];
    for (int b = 0; b < recorded.rows(); b++) {
      List<Integer> tokens = recorded.tokens().get(b);
      for (int t = 0; t + 1 < tokens.size(); t++) {
        LogitFigures.read(logits, (long) b * tokens.size() + t, row);
        sum += LogitFigures.logSumExp(row) - row[tokens.get(t + 1)];
      }
    }
    return sum / recorded.rows() / (recorded.length() - 1);
  }
}
