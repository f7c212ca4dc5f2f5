package bessemer.foundry.compare;

import bessemer.foundry.parity.LogitFigures;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Models beside each other; `quantization_results.json`.
///
/// @param backend what they ran on, in words
/// @param threads of the processor
/// @param reference the model that the others were compared with
/// @param texts that were predicted
/// @param corpus lines that were translated and scored; 0 for none
public record CompareReport(
    String format,
    int version,
    String backend,
    int threads,
    String reference,
    int texts,
    int corpus,
    List<Row> models) {
  public static final String FORMAT = "bessemer-comparison";
  public static final int VERSION = 1;

  public CompareReport {
    models = List.copyOf(models);
  }

  /// One model.
  ///
  /// @param precision of its weights, in words
  /// @param bytes of its weights on the disk
  /// @param loadSeconds from the directory to a model that answers
  /// @param decodePerSecond tokens of one text
  /// @param peakResidentBytes of this process while it was loaded and ran; empty where the system
  ///   does not tell
  /// @param parity against the reference; null for the reference, and where vocabularies differ
  /// @param perplexity of the texts, for language models
  /// @param scores of its translations of the corpus
  public record Row(
      String name,
      String precision,
      long bytes,
      double loadSeconds,
      double decodePerSecond,
      OptionalLong peakResidentBytes,
      @Nullable LogitFigures parity,
      OptionalDouble perplexity,
      List<Scored> scores) {
    public Row {
      scores = List.copyOf(scores);
    }

    Row with(@Nullable LogitFigures found, OptionalDouble predicted) {
      return new Row(
          name,
          precision,
          bytes,
          loadSeconds,
          decodePerSecond,
          peakResidentBytes,
          found,
          predicted,
          scores);
    }
  }

  /// @param signature how it was computed, in sacrebleu's words
  public record Scored(String metric, double value, String signature) {}
}
