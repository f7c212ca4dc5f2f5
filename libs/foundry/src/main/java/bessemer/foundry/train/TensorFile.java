package bessemer.foundry.train;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Tensors of fp32 in a safetensors file.
final class TensorFile {
  private TensorFile() {}

  /// Replaces the file at once.
  static void write(Path file, SequencedMap<String, Tensor> tensors) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    List<Planned> planned = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> planned.add(new Planned(name, StoredType.F32, tensor.shape().dims())));
    try (SafetensorsWriter out = SafetensorsWriter.create(part, planned, Map.of("format", "mlx"))) {
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment values = arena.allocate(entry.getValue().spec().bytes(), 64);
          entry.getValue().read(values);
          out.append(entry.getKey(), values);
        }
      }
      out.finish();
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Into the current scope.
  static SequencedMap<String, Tensor> read(Path file, Engine engine) throws IOException {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    try (Checkpoint stored = Checkpoint.open(file)) {
      for (StoredTensor tensor : stored.tensors().values()) {
        if (tensor.type() != StoredType.F32) {
          throw new BadCheckpointException(
              file, "tensor %s is %s, not F32".formatted(tensor.name(), tensor.type()));
        }
        long[] dims = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        var spec = new Spec(DType.F32, Shape.of(dims));
        tensors.put(tensor.name(), engine.copy(stored.data(tensor.name()), spec));
      }
    }
    return tensors;
  }
}
