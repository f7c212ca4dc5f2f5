package bessemer.foundry.parity;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.Subject.Network;
import bessemer.foundry.parity.Verifier.Stored;
import bessemer.models.Configurations;
import bessemer.models.LoadedModel;
import bessemer.models.LoadedTranslator;
import bessemer.models.Models;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
      Running model = loaded.load(directory);
      checkType(pack, model.config());
      SourceFiles.of(directory, model.files()).check(pack);
      Tolerances tolerances = Tolerances.of(Weights.of(model.files(), pack));
      var verifier = new Verifier(subject(loaded.engine, model), tolerances, progress);
      return verifier.verify(pack, stored(model), outputCheck);
    }
  }

  private ParityReport alone(String reason, Supplier<Engine> engines, Consumer<String> progress)
      throws IOException {
    try (Loaded loaded = new Loaded(engines.get())) {
      Running model = loaded.load(directory);
      Tolerances tolerances = Tolerances.of(Weights.of(model.files()));
      return new Verifier(subject(loaded.engine, model), tolerances, progress)
          .withoutReference(reason, stored(model), outputCheck);
    }
  }

  private record Running(
      ConfigJson config, Checkpoint files, Network network, List<Parameter> parameters) {}

  /// The engine closes first, then the files that it multiplies by.
  private static final class Loaded implements AutoCloseable {
    private final Engine engine;
    private @Nullable Checkpoint files;

    Loaded(Engine engine) {
      this.engine = engine;
    }

    Running load(Path directory) throws IOException {
      ConfigJson config = Configurations.of(directory);
      Running running = Models.translates(config) ? translator(directory) : language(directory);
      files = running.files();
      return running;
    }

    private Running language(Path directory) throws IOException {
      LoadedModel loaded = LoadedModel.load(engine, directory);
      var network = new Network.Decoder(loaded.model()::forward);
      return new Running(loaded.config(), loaded.checkpoint(), network, loaded.parameters());
    }

    private Running translator(Path directory) throws IOException {
      LoadedTranslator loaded = LoadedTranslator.load(engine, directory);
      var network = new Network.Translator(loaded.model());
      return new Running(loaded.config(), loaded.checkpoint(), network, loaded.parameters());
    }

    @Override
    public void close() {
      engine.close();
      if (files != null) {
        files.close();
      }
    }
  }

  private static void checkType(ReferencePack pack, ConfigJson config) {
    String recorded = pack.origin().modelType();
    String ours = config.modelType();
    if (!recorded.equals(ours)) {
      throw new BadCheckpointException(
          pack.directory().resolve("reference.json"),
          "source.model_type: recorded from a " + recorded + ", the model is a " + ours);
    }
    if (pack.isOfTranslator() != Models.translates(config)) {
      throw new BadCheckpointException(
          pack.directory().resolve("reference.json"),
          pack.isOfTranslator()
              ? "cases have input_ids, which a language model has no encoder for"
              : "cases have no input_ids, which a translator needs. Record the pack anew");
    }
  }

  private Subject subject(Engine engine, Running model) {
    String architecture = model.config().modelType();
    return new Subject(name, architecture, engine, model.network(), model.parameters());
  }

  private static Stored stored(Running model) {
    return new Stored(
        model.files(),
        Quantizations.of(model.config(), model.files()),
        Quantizations.int8(model.files()));
  }
}
