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
    String kernels = "none";
    Double speed = null;
    try (Engine engine = exact.get()) {
      kernels = engine.describe();
      checks.addAll(new SelfCheck(engine, false).run());
    } catch (RuntimeException e) {
      checks.add(new Check("engine", false, e.toString()));
    }
    checks.add(parity(examples));
    try {
      speed = speed(examples);
    } catch (IOException | RuntimeException e) {
      checks.add(new Check("speed", false, e.toString()));
    }
    return new Diagnosis.Backend(name, kernels, checks, speed, (System.nanoTime() - start) / 1e9);
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
