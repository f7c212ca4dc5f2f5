package bessemer.foundry.parity;

import static bessemer.foundry.parity.Comparison.F32;

import java.lang.foreign.MemorySegment;

/// How far the predictions lie apart, row by row of logits, computed in double.
///
/// @param rows predictions that were compared
/// @param argmaxAgreement share of rows with the same most likely token (the first of equals)
/// @param topOverlap mean share of PyTorch's ten likeliest tokens that are among our ten
/// @param klMean KL(reference ‖ ours) in nats
public record LogitFigures(
    long rows, double argmaxAgreement, double topOverlap, double klMean, double klMax) {
  private static final int TOP = 10;

  /// @param ours fp32 `[rows, vocabulary]`, like `reference`
  public static LogitFigures of(MemorySegment ours, MemorySegment reference, int vocabulary) {
    long rows = reference.byteSize() / 4 / vocabulary;
    double agree = 0;
    double overlap = 0;
    double klSum = 0;
    double klMax = 0;
    double[] a = new double[vocabulary];
    double[] b = new double[vocabulary];
    for (long row = 0; row < rows; row++) {
      read(ours, row, a);
      read(reference, row, b);
      int[] topOurs = top(a);
      int[] topReference = top(b);
      agree += topOurs[0] == topReference[0] ? 1 : 0;
      overlap += shared(topOurs, topReference);
      double kl = divergence(b, a);
      klSum += kl;
      klMax = Math.max(klMax, kl); // NaN stays NaN
    }
    return new LogitFigures(rows, agree / rows, overlap / rows, klSum / rows, klMax);
  }

  static void read(MemorySegment values, long row, double[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = values.getAtIndex(F32, row * into.length + i);
    }
  }

  /// The places of the largest values, the largest first, the earlier of equals first.
  static int[] top(double[] values) {
    int[] top = new int[Math.min(TOP, values.length)];
    int filled = 0;
    for (int i = 0; i < values.length; i++) {
      if (filled == top.length && !(values[i] > values[top[filled - 1]])) {
        continue;
      }
      int at = filled < top.length ? filled++ : filled - 1;
      while (at > 0 && values[i] > values[top[at - 1]]) {
        top[at] = top[at - 1];
        at--;
      }
      top[at] = i;
    }
    return top;
  }

  private static double shared(int[] ours, int[] reference) {
    int shared = 0;
    for (int token : reference) {
      for (int other : ours) {
        shared += token == other ? 1 : 0;
      }
    }
    return (double) shared / reference.length;
  }

  /// KL(p ‖ q) of the softmax of both. Rounding can take it a little below zero, which is zero.
  private static double divergence(double[] p, double[] q) {
    double normP = logSumExp(p);
    double normQ = logSumExp(q);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double logP = p[i] - normP;
      sum += Math.exp(logP) * (logP - (q[i] - normQ));
    }
    return Math.max(0, sum);
  }

  static double logSumExp(double[] values) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (double value : values) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }
}
