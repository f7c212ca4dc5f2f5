package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model with its weights, mapped from the directory they lie in. Must be closed after the engine
/// that multiplies by them.
///
/// @param parameters every weight, under its name in the checkpoint
public record LoadedModel(
    Path directory,
    ConfigJson config,
    LanguageModel model,
    List<Parameter> parameters,
    Checkpoint checkpoint)
    implements AutoCloseable {

  /// Loads a Hugging Face directory or one that conversion wrote, quantized where it has scales.
  ///
  /// @throws BadCheckpointException if files are broken, or if the tensors are not exactly those of
  ///   the model: missing, misshapen and unused ones are all named
  public static LoadedModel load(Engine engine, Path directory) throws IOException {
    ConfigJson config = ConfigJson.read(directory.resolve("config.json"));
    Architecture architecture = Models.architecture(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    try {
      var source = new Source.Checkpoint(engine, tensors(engine, architecture, checkpoint));
      LanguageModel model = source.build(architecture.constructor());
      return new LoadedModel(directory, config, model, source.trainable(), checkpoint);
    } catch (IllegalArgumentException e) {
      checkpoint.close();
      throw new BadCheckpointException(directory, String.valueOf(e.getMessage()), e);
    } catch (Throwable e) {
      checkpoint.close();
      throw e;
    }
  }

  private static Map<String, Tensor> tensors(
      Engine engine, Architecture architecture, Checkpoint checkpoint) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach((name, stored) -> {
          if (!architecture.drops(name)) {
            var spec = new Spec(type(stored), shape(stored));
            tensors.put(name, engine.constant(checkpoint.data(name), spec));
          }
        });
    return tensors;
  }

  private static Shape shape(StoredTensor stored) {
    return Shape.of(stored.shape().stream().mapToLong(Long::longValue).toArray());
  }

  private static DType type(StoredTensor stored) {
    return switch (stored.type()) {
      case F32 -> DType.F32;
      case F16 -> DType.F16;
      case BF16 -> DType.BF16;
      case I8 -> DType.I8;
      case I32 -> DType.I32;
      case U32 -> DType.U32;
      case BOOL, U8, F8_E4M3, F8_E5M2, I16, U16, I64, U64, F64 ->
          throw new BadCheckpointException(
              stored.file(),
              "tensor %s is %s, which is not computed with; convert the checkpoint first"
                  .formatted(BadCheckpointException.quoted(stored.name()), stored.type()));
    };
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
