package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A translator with its weights, mapped from the directory they lie in. Must be closed after the
/// engine that multiplies by them.
///
/// @param parameters every weight, under the checkpoint's names
/// @param quantizations of the linears that are quantized, by path
public record LoadedTranslator(
    Path directory,
    ConfigJson config,
    TranslationModel model,
    Checkpoint checkpoint,
    List<Parameter> parameters,
    Map<String, Quantization> quantizations)
    implements AutoCloseable {

  /// Loads a Hugging Face directory, one with a PyTorch file of LingoLite, or one that conversion
  /// wrote, quantized where it has scales.
  ///
  /// @throws BadCheckpointException if files are broken, or if the tensors are not exactly those of
  ///   the model: missing, misshapen and unused ones are all named
  public static LoadedTranslator load(Engine engine, Path directory) throws IOException {
    return load(engine, directory, base -> base);
  }

  /// The same with another source around that of the checkpoint, such as one that watches.
  public static LoadedTranslator load(Engine engine, Path directory, UnaryOperator<Source> around)
      throws IOException {
    ConfigJson config = Configurations.of(directory);
    Architecture<TranslationModel> architecture = Models.translationModel(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    try {
      var source =
          new Source.Checkpoint(
              engine, Stored.tensors(engine, architecture, checkpoint), _ -> DType.F32);
      TranslationModel model = around.apply(source).build(architecture.constructor());
      return new LoadedTranslator(
          directory, config, model, checkpoint, source.trainable(), source.quantizations());
    } catch (IllegalArgumentException e) {
      engine.settle();
      checkpoint.close();
      throw new BadCheckpointException(directory, String.valueOf(e.getMessage()), e);
    } catch (Throwable e) {
      engine.settle();
      checkpoint.close();
      throw e;
    }
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
