package bessemer.cli;

import bessemer.foundry.convert.CheckReport;
import bessemer.foundry.convert.Lineage;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.foundry.parity.TextReport;
import java.util.Locale;

/// Parity reports on the command line: what is printed, recorded and answered.
record Reports(Console console) {

  void print(ParityReport report, boolean json) {
    if (json) {
      console.out().print(ReportFile.json(report));
    } else {
      console.out().print(TextReport.of(report));
    }
  }

  static Exit exit(ParityReport report) {
    return report.verdict().isFailure() ? Exit.GATE_FAILED : Exit.OK;
  }

  static Lineage.State state(ParityReport report) {
    return switch (report.verdict()) {
      case PROVED -> Lineage.State.PROVED;
      case MEASURED -> Lineage.State.MEASURED;
      case UNPROVEN -> Lineage.State.UNPROVEN;
      case REJECTED, VERIFIER_BROKEN -> Lineage.State.REJECTED;
    };
  }

  static ParityReport.OutputCheck outputCheck(CheckReport check) {
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
    return new ParityReport.OutputCheck(true, summary);
  }
}
