package bessemer.foundry.evaluate;

import bessemer.foundry.score.Confidence;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of one or two systems on a corpus. Of two, the first is the baseline.
///
/// @param parts the whole first, then language pairs, then lengths
/// @param worst sentences of the last system
/// @param losses sentences that the baseline translated better; empty with one system
public record Evaluation(
    String format,
    int version,
    Summary corpus,
    List<Subject> systems,
    List<Part> parts,
    Distribution distribution,
    List<Sentence> worst,
    List<Sentence> losses,
    LearnedMetric learned) {
  public static final String FORMAT = "bessemer-evaluation";
  public static final int VERSION = 1;

  public Evaluation {
    systems = List.copyOf(systems);
    parts = List.copyOf(parts);
    worst = List.copyOf(worst);
    losses = List.copyOf(losses);
  }

  /// @param lengthOf what lengths are measured of: `source` or `reference`
  public record Summary(String name, int lines, List<String> pairs, String lengthOf) {}

  /// @param description how it searched; may be empty
  /// @param seconds that translating took; null for translations that were given
  /// @param perSecond lines
  public record Subject(
      String name, String description, @Nullable Double seconds, @Nullable Double perSecond) {}

  /// What a part has in common.
  public enum Kind {
    ALL,
    PAIR,
    LENGTH
  }

  public record Part(Kind kind, String name, int lines, List<Scores> metrics) {
    public Part {
      metrics = List.copyOf(metrics);
    }
  }

  /// @param signature how to compute them again, in sacrebleu's words
  /// @param values of each system
  /// @param pValue how probable such a difference is between equal systems; null with one system
  public record Scores(
      String metric, String signature, List<Value> values, @Nullable Double pValue) {
    /// From here on a difference is called no chance.
    public static final double SIGNIFICANT = 0.05;

    public Scores {
      values = List.copyOf(values);
    }

    /// Systems that score the same differ by nothing, whatever p says: sacrebleu's is small there.
    boolean isSignificant() {
      return pValue != null
          && pValue <= SIGNIFICANT
          && values.getFirst().score() != values.getLast().score();
    }
  }

  /// @param details what follows a score in sacrebleu's result line; may be empty
  /// @param confidence null unless it was asked for
  public record Value(double score, String details, @Nullable Confidence confidence) {}

  /// How many sentences score from 0, from 5, … to 100.
  ///
  /// @param counts of each system
  public record Distribution(String metric, List<List<Integer>> counts) {
    static final int BINS = 20;
  }

  /// @param line of the corpus, from 1
  /// @param hypotheses and their scores, of each system
  public record Sentence(
      int line,
      String pair,
      String source,
      List<String> references,
      List<String> hypotheses,
      List<Double> scores) {}

  public Part whole() {
    return parts.getFirst();
  }
}
