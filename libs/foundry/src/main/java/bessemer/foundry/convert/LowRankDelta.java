package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.models.AdapterConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a low-rank adapter adds to a weight: `scale * (A B)^T`.
///
/// @param a `[rank][in]`, transposed
/// @param b `[rank][out]`, times the scale
record LowRankDelta(float[][] a, float[][] b) {

  /// Adds what goes to one row of the weight.
  void addTo(float[] row, int out) {
    float[] sum = new float[row.length];
    for (int r = 0; r < a.length; r++) {
      float factor = b[r][out];
      float[] along = a[r];
      for (int i = 0; i < sum.length; i++) {
        sum[i] += factor * along[i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      row[i] += sum[i];
    }
  }

  /// The adapters of a directory in mlx-lm's format, by module.
  ///
  /// @throws BadCheckpointException if they are not exactly those of the model
  static Map<String, LowRankDelta> read(Path directory, Layout layout) throws IOException {
    AdapterConfig config = AdapterConfig.read(directory);
    Path file = directory.resolve(AdapterConfig.WEIGHTS);
    try (Checkpoint stored = Checkpoint.open(file)) {
      Map<String, LowRankDelta> deltas = new TreeMap<>();
      var unused = new TreeSet<>(stored.tensors().keySet());
      for (Map.Entry<String, List<Long>> weight : layout.shapes().entrySet()) {
        String module = TensorPlan.module(weight.getKey());
        if (layout.quantizable(weight.getKey()) && config.selects(layout.layers()).test(module)) {
          long out = weight.getValue().getFirst();
          long in = weight.getValue().getLast();
          float[] a = numbers(stored, file, module + ".lora_a", List.of(in, (long) config.rank()));
          float[] b = numbers(stored, file, module + ".lora_b", List.of((long) config.rank(), out));
          deltas.put(module, of(a, b, config));
          unused.removeAll(List.of(module + ".lora_a", module + ".lora_b"));
        }
      }
      if (!unused.isEmpty()) {
        throw new BadCheckpointException(
            file, "has tensors that go to no linear of the model: " + new ArrayList<>(unused));
      }
      return deltas;
    }
  }

  private static LowRankDelta of(float[] a, float[] b, AdapterConfig config) {
    int rank = config.rank();
    int in = a.length / rank;
    int out = b.length / rank;
    float[][] turned = new float[rank][in];
    float[][] scaled = new float[rank][out];
    for (int r = 0; r < rank; r++) {
      for (int i = 0; i < in; i++) {
        turned[r][i] = a[i * rank + r];
      }
      for (int i = 0; i < out; i++) {
        scaled[r][i] = config.scale() * b[r * out + i];
      }
    }
    return new LowRankDelta(turned, scaled);
  }

  private static float[] numbers(Checkpoint stored, Path file, String name, List<Long> shape) {
    StoredTensor tensor = stored.tensors().get(name);
    if (tensor == null || !tensor.shape().equals(shape) || !Elements.readable(tensor.type())) {
      throw new BadCheckpointException(
          file,
          "tensor %s: expected floating point numbers %s, found %s"
              .formatted(
                  quoted(name),
                  shape,
                  tensor == null ? "none" : tensor.type() + " " + tensor.shape()));
    }
    float[] numbers = new float[Math.toIntExact(shape.getFirst() * shape.getLast())];
    Elements.decode(tensor.type(), stored.data(name), 0, numbers, numbers.length);
    return numbers;
  }
}
