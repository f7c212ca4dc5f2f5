package bessemer.cli;

import bessemer.foundry.compare.Calibration;
import bessemer.foundry.compare.Candidate;
import bessemer.foundry.convert.CheckReport;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Limits;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;

/// A conversion in this process: the same steps that a job takes.
record LocalConversion(Console console, Home home, int threads) {

  Exit run(ConversionOrder order, Path output, boolean json)
      throws IOException, InterruptedException {
    order.precision().check();
    References.check(order.reference());
    ParityReport report;
    try (var progress = new ProgressLine(console, System::nanoTime)) {
      Sources found = Sources.resolve(order.source(), home, progress);
      Precision precision =
          order.precision().precision(options -> calibrated(found.directory(), options, progress));
      var limits =
          new Limits(Limits.standard().shardBytes(), Limits.standard().tileElements(), threads);
      var spec =
          new ConversionSpec(
              found.directory(), output, precision, found.origin(), limits, order.replace());
      report = convert(spec, order.reference(), progress);
    }
    new Reports(console).print(report, json);
    console.note("model: " + output);
    return Reports.exit(report);
  }

  private Precision.Steps calibrated(Path source, CalibrationOptions options, ProgressLine progress)
      throws IOException {
    progress.step("calibrate");
    EngineChoice exact = EngineChoice.exact(threads);
    var setup =
        new Candidate.Setup(exact::engine, KvType.FP32, home.cache(), options.from(), options.to());
    return new Calibration(setup, options.method()).run(source, options.texts());
  }

  /// Runs the steps and leaves the report beside the weights.
  private ParityReport convert(ConversionSpec spec, String reference, ProgressLine progress)
      throws IOException, InterruptedException {
    try (Conversion conversion = Conversion.open(spec, Disk.real(), progress)) {
      conversion.convertShards();
      Path model = conversion.assemble();
      CheckReport check = conversion.check();
      progress.step("verify");
      ParityReport report =
          new Parity(
                  String.valueOf(spec.output().getFileName()),
                  model,
                  References.resolve(reference, spec.source(), home, console),
                  ParityReport.OutputCheck.of(check))
              .verify(EngineChoice.exact(threads)::engine, _ -> {});
      ReportFile.write(report, model);
      conversion.settle(report.verdict().state());
      return report;
    }
  }
}
