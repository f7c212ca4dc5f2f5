package bessemer.foundry.score;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/// What a metric says of a corpus or a line: 0 to 100.
public sealed interface Score {
  double value();

  /// What follows the score in a result line; may be empty.
  String details();

  /// @param matches n-grams of orders 1, 2, … that a reference has, smoothed
  /// @param totals n-grams of the hypotheses, smoothed
  /// @param precisions in percent
  /// @param brevityPenalty 1 unless the hypotheses are shorter
  record BleuScore(
      double value,
      List<Double> matches,
      List<Double> totals,
      List<Double> precisions,
      double brevityPenalty,
      long hypothesisLength,
      long referenceLength)
      implements Score {
    public BleuScore {
      matches = List.copyOf(matches);
      totals = List.copyOf(totals);
      precisions = List.copyOf(precisions);
    }

    /// Words of the hypotheses for a word of the references; 0 where these have none.
    public double ratio() {
      return referenceLength == 0 ? 0 : (double) hypothesisLength / referenceLength;
    }

    @Override
    public String details() {
      String each =
          precisions.stream().map(p -> Numbers.fixed(p, 1)).collect(Collectors.joining("/"));
      return "%s (BP = %s ratio = %s hyp_len = %d ref_len = %d)"
          .formatted(
              each,
              Numbers.fixed(brevityPenalty, 3),
              Numbers.fixed(ratio(), 3),
              hypothesisLength,
              referenceLength);
    }

    static List<Double> list(double... values) {
      return DoubleStream.of(values).boxed().toList();
    }
  }

  record ChrfScore(double value) implements Score {
    @Override
    public String details() {
      return "";
    }
  }
}
