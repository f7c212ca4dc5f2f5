package bessemer.foundry.parity;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.Verifier.Stored;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Verifies a model directory: the last step of a conversion, and all of `validate`.
///
/// | verdict | when |
/// |---|---|
/// | `VERIFIER_BROKEN` | a planted defect was overlooked |
/// | `REJECTED` | else, a component, the logits, a check, a quantized product or the output check failed |
/// | `UNPROVEN` | else, there is no reference, or no defect can be planted to test the comparison |
/// | `MEASURED` | else, the weights are quantized: never called parity |
/// | `PROVED` | else |
///
/// @param name what the report calls the model
/// @param directory a converted model, or any Hugging Face directory
/// @param reference what to compare with
/// @param outputCheck what a conversion found, if this is the end of one
public record Parity(
    String name, Path directory, Reference reference, @Nullable OutputCheck outputCheck) {

  /// What PyTorch computed, or why that is not known.
  public sealed interface Reference {
    record Pack(Path directory) implements Reference {}

    /// @param reason for the headline: what is missing, and how to get it
    record None(String reason) implements Reference {}

    /// No pack was given and none was asked for.
    static Reference none() {
      return new None("no reference pack was given (--reference PACK, or auto)");
    }
  }

  /// @param engines makes the engine that the calling thread runs the model on; closed at the end
  /// @param progress is told what begins
  /// @throws BadCheckpointException if the model or the pack is broken, or the pack was recorded
  ///   from another source than the model's
  public ParityReport verify(Supplier<Engine> engines, Consumer<String> progress)
      throws IOException {
    long start = System.nanoTime();
    ParityReport report =
        switch (reference) {
          case Reference.Pack(Path pack) -> against(pack, engines, progress);
          case Reference.None(String reason) -> alone(reason, engines, progress);
        };
    return report.lasting((System.nanoTime() - start) / 1e9);
  }

  private ParityReport against(Path path, Supplier<Engine> engines, Consumer<String> progress)
      throws IOException {
    try (ReferencePack pack = ReferencePack.open(path);
        Loaded loaded = new Loaded(engines.get())) {
      LoadedModel model = loaded.load(directory);
      SourceFiles.of(directory, model.checkpoint()).check(pack);
      checkType(pack, model);
      Tolerances tolerances = Tolerances.of(Weights.of(model.checkpoint(), pack));
      var verifier = new Verifier(subject(loaded.engine, model), tolerances, progress);
      return verifier.verify(pack, stored(model), outputCheck);
    }
  }

  private ParityReport alone(String reason, Supplier<Engine> engines, Consumer<String> progress)
      throws IOException {
    try (Loaded loaded = new Loaded(engines.get())) {
      LoadedModel model = loaded.load(directory);
      Tolerances tolerances = Tolerances.of(Weights.of(model.checkpoint()));
      return new Verifier(subject(loaded.engine, model), tolerances, progress)
          .withoutReference(reason, stored(model), outputCheck);
    }
  }

  /// The engine closes first, then the files that it multiplies by.
  private static final class Loaded implements AutoCloseable {
    private final Engine engine;
    private @Nullable LoadedModel model;

    Loaded(Engine engine) {
      this.engine = engine;
    }

    LoadedModel load(Path directory) throws IOException {
      LoadedModel loaded = LoadedModel.load(engine, directory);
      model = loaded;
      return loaded;
    }

    @Override
    public void close() {
      engine.close();
      if (model != null) {
        model.close();
      }
    }
  }

  private static void checkType(ReferencePack pack, LoadedModel model) {
    String recorded = pack.origin().modelType();
    String ours = model.config().modelType();
    if (!recorded.equals(ours)) {
      throw new BadCheckpointException(
          pack.directory().resolve("reference.json"),
          "source.model_type: recorded from a " + recorded + ", the model is a " + ours);
    }
  }

  private Subject subject(Engine engine, LoadedModel model) {
    String architecture = model.config().modelType();
    return new Subject(name, architecture, engine, model.model()::forward, model.parameters());
  }

  private static Stored stored(LoadedModel model) {
    return new Stored(model.checkpoint(), Quantizations.of(model.config(), model.checkpoint()));
  }
}
