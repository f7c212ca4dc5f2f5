package bessemer.cli;

import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.foundry.parity.TextReport;

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
}
