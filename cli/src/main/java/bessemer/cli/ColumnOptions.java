package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.evaluate.Columns;
import java.util.List;
import picocli.CommandLine.Option;

/// What the columns of a table are called.
final class ColumnOptions {
  @Option(
      names = "--src-column",
      paramLabel = "C",
      description = "Column of --corpus with the texts; a number in TSV without a header.")
  private String source = Columns.STANDARD.source();

  @Option(
      names = "--ref-column",
      split = ",",
      paramLabel = "C",
      description = "Columns with what they should say; several with commas.")
  private List<String> references = Columns.STANDARD.references();

  @Option(
      names = "--hyp-column",
      paramLabel = "C",
      description = "Column with translations that are there already.")
  private String hypothesis = Columns.STANDARD.hypothesis();

  @Option(
      names = "--from-column",
      paramLabel = "C",
      description = "Column with each line's language, where lines differ.")
  private String from = Columns.STANDARD.from();

  @Option(
      names = "--to-column",
      paramLabel = "C",
      description = "Column with the language of each line's translation.")
  private String to = Columns.STANDARD.to();

  Columns chosen() {
    return new Columns(source, references, hypothesis, from, to);
  }

  /// The same for the services.
  EvalSpec.Columns spec() {
    return new EvalSpec.Columns(source, references, from, to);
  }
}
