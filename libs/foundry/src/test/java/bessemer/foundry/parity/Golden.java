package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Quantization;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// A checkpoint of the goldens, loaded, with its pack.
final class Golden implements AutoCloseable {
  final Engine engine = PlainDecoder.engine();
  final Checkpoint checkpoint;
  final ReferencePack pack;
  final Subject subject;

  private Golden(Path directory, Path packDirectory) throws IOException {
    checkpoint = Checkpoint.open(directory);
    pack = ReferencePack.open(packDirectory);
    ConfigJson config = ConfigJson.read(directory.resolve("config.json"));
    var source = new Source.Checkpoint(engine, constants());
    PlainDecoder model = source.build(params -> new PlainDecoder(config, params));
    subject = new Subject("golden", "llama", engine, model::forward, source.trainable());
  }

  static Path directory(String name) {
    return Path.of("../models/src/test/resources/goldens", name);
  }

  static Golden open(String name) {
    return open(directory(name), directory(name));
  }

  static Golden open(Path directory, Path pack) {
    try {
      return new Golden(directory, pack);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Tensor> constants() {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (StoredTensor stored : checkpoint.tensors().values()) {
      Shape shape = Shape.of(stored.shape().stream().mapToLong(Long::longValue).toArray());
      tensors.put(
          stored.name(),
          engine.constant(
              checkpoint.data(stored.name()), new Spec(type(stored.type()), shape)));
    }
    return tensors;
  }

  private static DType type(StoredType type) {
    return DType.valueOf(type.name());
  }

  Parity parity(Weights weights) {
    return new Parity(subject, lineage(weights), _ -> {});
  }

  /// That of a model converted from what the pack was recorded from.
  Lineage lineage(Weights weights) {
    Map<String, String> files = new TreeMap<>(pack.origin().files());
    files.remove("reference.safetensors");
    return new Lineage(files, weights);
  }

  Parity.Stored stored(Map<String, Quantization> quantizations) {
    return new Parity.Stored(checkpoint, quantizations);
  }

  @Override
  public void close() {
    engine.close();
    pack.close();
    checkpoint.close();
  }
}
