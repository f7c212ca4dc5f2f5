package bessemer.cli;

import bessemer.foundry.compare.CalibrationMethod;
import bessemer.foundry.score.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Steps of activations that are found before a conversion to int8.
final class CalibrationOptions {
  @Option(
      names = "--calibrate",
      paramLabel = "FILE",
      description = "With --dtype int8: texts, one a line, that fix the steps of activations.")
  private @Nullable Path texts;

  @Option(
      names = "--calibration",
      paramLabel = "METHOD",
      description = "minmax, percentile or entropy. Default minmax.")
  private @Nullable String method;

  @Option(
      names = "--from",
      paramLabel = "LANGUAGE",
      description = "Of a translator's texts; English otherwise.")
  private String from = "";

  @Option(
      names = "--to",
      paramLabel = "LANGUAGE",
      description = "What a translator translates them to; French otherwise.")
  private String to = "";

  boolean chosen() {
    return texts != null;
  }

  /// Whether it is said how to calibrate, or with what languages.
  boolean detailed() {
    return method != null || !from.isEmpty() || !to.isEmpty();
  }

  List<String> texts() throws IOException {
    return texts == null ? List.of() : TextLines.read(texts);
  }

  CalibrationMethod method() {
    return CalibrationMethod.named(method == null ? "minmax" : method);
  }

  String from() {
    return from;
  }

  String to() {
    return to;
  }
}
