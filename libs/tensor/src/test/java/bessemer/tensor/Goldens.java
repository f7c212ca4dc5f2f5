package bessemer.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tensors that `tools/goldens/training.py` recorded, one a line: `name|2,3|v v v`.
public record Goldens(Map<String, Value> values) {
  public record Value(long[] dims, float[] numbers) {}

  public static Goldens read(String file) {
    Map<String, Value> values = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("src/test/resources", file))) {
        String[] parts = line.split("\\|");
        long[] dims = parts[1].isEmpty() ? new long[0] : longs(parts[1]);
        values.put(parts[0], new Value(dims, floats(parts[2])));
      }
      return new Goldens(values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long[] longs(String text) {
    return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
  }

  private static float[] floats(String text) {
    String[] words = text.split(" ");
    float[] numbers = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }

  public float[] numbers(String name) {
    return value(name).numbers();
  }

  private Value value(String name) {
    Value value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no golden " + name);
    }
    return value;
  }

  public Tensor tensor(Engine engine, String name) {
    return engine.of(value(name).numbers(), value(name).dims());
  }

  /// `prefix0`, `prefix1` and so on, as many as there are.
  public List<String> numbered(String prefix) {
    return values.keySet().stream()
        .filter(name -> name.startsWith(prefix) && name.substring(prefix.length()).matches("\\d+"))
        .toList();
  }
}
