package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A model with its weights, mapped from the directory they lie in. Must be closed after the engine
/// that multiplies by them.
///
/// @param parameters every weight, under the checkpoint's names
/// @param quantizations of the linears that are quantized, by path
public record LoadedModel(
    Path directory,
    ConfigJson config,
    LanguageModel model,
    Checkpoint checkpoint,
    List<Parameter> parameters,
    Map<String, Quantization> quantizations)
    implements AutoCloseable {

  /// Loads a Hugging Face directory or one that conversion wrote, quantized where it has scales.
  ///
  /// @throws BadCheckpointException if files are broken, or if the tensors are not exactly those of
  ///   the model: missing, misshapen and unused ones are all named
  public static LoadedModel load(Engine engine, Path directory) throws IOException {
    return load(engine, directory, base -> base);
  }

  /// The same with low-rank adapters in mlx-lm's format, which are read into memory.
  ///
  /// @param adapter the directory of `adapters.safetensors` and `adapter_config.json`
  public static LoadedModel load(Engine engine, Path directory, Path adapter) throws IOException {
    AdapterConfig config = AdapterConfig.read(adapter);
    try (Checkpoint weights = Checkpoint.open(adapter.resolve(AdapterConfig.WEIGHTS));
        Scope _ = engine.scope()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      weights
          .tensors()
          .forEach((name, stored) -> {
            tensors.put(name, engine.copy(weights.data(name), Stored.spec(stored)));
          });
      var adapters = new Source.Checkpoint(engine, tensors);
      int layers = layers(directory);
      return load(
          engine,
          directory,
          base -> new Source.Adapted(base, adapters, config.update(), config.selects(layers)));
    }
  }

  /// Blocks of the language model in this directory.
  ///
  /// @throws bessemer.checkpoint.BadCheckpointException if it is another kind of model
  public static int layers(Path directory) throws IOException {
    ConfigJson config = ConfigJson.read(directory.resolve("config.json"));
    Models.languageModel(config); // says which kind it is otherwise
    return config.integer("num_hidden_layers");
  }

  /// The same with another source around that of the checkpoint, such as adapters to train.
  public static LoadedModel load(Engine engine, Path directory, UnaryOperator<Source> around)
      throws IOException {
    ConfigJson config = ConfigJson.read(directory.resolve("config.json"));
    Architecture<LanguageModel> architecture = Models.languageModel(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    try {
      var source = new Source.Checkpoint(engine, Stored.tensors(engine, architecture, checkpoint));
      LanguageModel model = around.apply(source).build(architecture.constructor());
      return new LoadedModel(
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

  /// What the model remembers of each position.
  public CacheShape cache() {
    return Models.architecture(config).cache();
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
