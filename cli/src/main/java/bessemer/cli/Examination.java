package bessemer.cli;

import bessemer.foundry.benchmark.Benchmark;
import bessemer.foundry.benchmark.Benchmark.Settings;
import bessemer.foundry.doctor.Check;
import bessemer.foundry.doctor.SelfCheck;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.Verdict;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The self-check of one backend: operations, the bundled model's parity, its speed.
///
/// @param exact makes engines that keep every product in full
/// @param usual makes engines as `generate` uses them
record Examination(String name, Supplier<Engine> exact, Supplier<Engine> usual) {
  private static final Settings SPEED = new Settings(64, 64, 1, 1);

  /// What goes wrong is a check that failed.
  ///
  /// @param examples the directory of the bundled model and its reference pack
  Diagnosis.Backend run(Path examples) {
    long start = System.nanoTime();
    List<Check> checks = new ArrayList<>();
    String kept = check(exact, false, "", checks);
    checks.add(parity(examples));
    String kernels = check(usual, true, kept, checks);
    Double speed = null;
    try {
      speed = speed(examples);
    } catch (IOException | RuntimeException e) {
      checks.add(new Check("speed", false, e.toString()));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Diagnosis.Backend(name, kernels, checks, speed, seconds);
  }

  /// Answers the kernels.
  ///
  /// @param done kernels that were checked already
  private static String check(
      Supplier<Engine> engines, boolean rounds, String done, List<Check> checks) {
    try (Engine engine = engines.get()) {
      String kernels = engine.describe();
      if (!kernels.equals(done)) {
        for (Check check : new SelfCheck(engine, rounds).run()) {
          String title = rounds ? check.name() + ", rounded" : check.name();
          checks.add(new Check(title, check.passed(), check.detail()));
        }
      }
      return kernels;
    } catch (RuntimeException e) {
      checks.add(new Check("engine", false, e.toString()));
      return "none";
    }
  }

  private Check parity(Path examples) {
    String name = "parity of the bundled model";
    try {
      var pack = new Parity.Reference.Pack(examples.resolve("tiny-llama-reference"));
      ParityReport report =
          new Parity("tiny-llama", examples.resolve("tiny-llama"), pack, null)
              .verify(exact, _ -> {});
      return new Check(name, report.verdict() == Verdict.PROVED, report.headline());
    } catch (IOException | RuntimeException e) {
      return new Check(name, false, e.toString());
    }
  }

  private double speed(Path examples) throws IOException {
    try (Engine engine = usual.get();
        LoadedModel loaded = LoadedModel.load(engine, examples.resolve("tiny-llama"))) {
      return new Benchmark(engine, loaded.model(), System::nanoTime).run(SPEED).decodePerSecond();
    }
  }
}
