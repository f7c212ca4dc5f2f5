package bessemer.foundry.parity;

import bessemer.foundry.convert.CheckReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What was compared, how, and what came of it: `parity.json` field by field, in this order (names
/// in snake_case; infinite and undefined numbers as text).
///
/// @param reasons why the verdict is not better; empty when proved
/// @param reference what was compared with; null when nothing was
/// @param tolerances every gate, by what it is for
/// @param execution quantized products against dequantized weights; empty without quantization
/// @param quality how good the predictions are beside PyTorch's; null without a reference
/// @param outputCheck every tensor of the output against the source, made by the conversion; null
///   where no conversion was part of this
public record ParityReport(
    String format,
    int version,
    Verdict verdict,
    String headline,
    List<String> reasons,
    Model model,
    @Nullable Reference reference,
    Machine machine,
    SequencedMap<String, Tolerance> tolerances,
    List<CaseReport> cases,
    @Nullable Quality quality,
    List<Check> checks,
    List<Control> controls,
    List<Product> execution,
    @Nullable OutputCheck outputCheck,
    double durationSeconds) {
  public static final String FORMAT = "bessemer-parity";
  public static final int VERSION = 1;

  public ParityReport {
    reasons = List.copyOf(reasons);
    tolerances = new LinkedHashMap<>(tolerances);
    cases = List.copyOf(cases);
    checks = List.copyOf(checks);
    controls = List.copyOf(controls);
    execution = List.copyOf(execution);
  }

  /// @param weights what the model holds of the recorded weights, in words
  public record Model(String name, String architecture, String weights) {}

  /// @param recordedWith versions of torch, transformers, python
  /// @param files SHA-256 of the recorded weight files
  public record Reference(
      String pack, Map<String, String> recordedWith, String modelType, Map<String, String> files) {}

  /// @param backend the backend and its kernels in a few words
  public record Machine(String java, String os, int processors, String backend) {}

  /// Whether something held. MEASURED has no gate, on purpose.
  public enum Outcome {
    PASSED,
    FAILED,
    MEASURED,
    NOT_APPLICABLE
  }

  /// @param gate the tolerance; null where the value is measured without one
  public record Measured(Figures figures, Outcome outcome, @Nullable Double gate, boolean aim) {}

  /// @param isolated with PyTorch's input; null where the case records too little for it
  /// @param accumulated with the input that our model made
  public record ComponentReport(
      String path, Kind kind, @Nullable Measured isolated, Measured accumulated) {}

  /// @param sources the length of each row's source; empty without an encoder
  /// @param positions what was compared along the length; empty when all
  /// @param problems components that could not be compared, with the reason
  public record CaseReport(
      String name,
      int rows,
      int length,
      List<Integer> sources,
      List<Integer> positions,
      List<String> problems,
      ComponentReport logits,
      LogitFigures predictions,
      List<ComponentReport> components) {
    public CaseReport {
      sources = sources == null ? List.of() : List.copyOf(sources); // old reports have none
      positions = List.copyOf(positions);
      problems = List.copyOf(problems);
      components = List.copyOf(components);
    }
  }

  /// Over all predictions of all cases.
  ///
  /// @param nmse of the logits, the largest of the cases
  /// @param crossEntropy mean loss of the next token over the pack's tokens, in nats; NaN where the
  ///   pack has no full case of two tokens
  /// @param category `identical` below an NMSE of 1e-6, `excellent` 1e-4, `very good` 1e-3, `good`
  ///   1e-2, `degraded` 1e-1, else `poor`: the steps of llama.cpp's model check, continued
  public record Quality(
      String category,
      double nmse,
      LogitFigures predictions,
      double crossEntropy,
      double crossEntropyReference) {}

  public record Check(String name, Outcome outcome, String detail) {}

  /// A planted defect.
  public record Control(String name, Finding finding, String detail) {}

  public enum Finding {
    DETECTED,
    UNDETECTED,
    NOT_APPLICABLE
  }

  /// One quantized product against the dequantized weights.
  public record Product(String path, String quantization, Measured measured) {}

  /// @param summary one line
  /// @param details what the conversion tells of its check, as it tells it
  public record OutputCheck(boolean passed, String summary, JsonNode details) {
    /// Without details.
    public OutputCheck(boolean passed, String summary) {
      this(passed, summary, JsonNodeFactory.instance.objectNode());
    }

    /// What the last look at a conversion's output said.
    public static OutputCheck of(CheckReport check) {
      String summary =
          check.relativeRmse() == 0
              ? "%d tensors, all the same numbers as the source".formatted(check.tensors())
              : String.format(
                  Locale.ROOT,
                  "%d tensors, %d the same numbers as the source, the others within their bounds,"
                      + " relative RMSE %.2e",
                  check.tensors(),
                  check.exact(),
                  check.relativeRmse());
      return new OutputCheck(true, summary);
    }

    /// @param details a record
    public static OutputCheck passed(String summary, Record details) {
      return new OutputCheck(true, summary, ReportFile.tree(details));
    }
  }

  /// This report with how long the whole of it took.
  ParityReport lasting(double seconds) {
    return new ParityReport(
        format,
        version,
        verdict,
        headline,
        reasons,
        model,
        reference,
        machine,
        tolerances,
        cases,
        quality,
        checks,
        controls,
        execution,
        outputCheck,
        seconds);
  }
}
