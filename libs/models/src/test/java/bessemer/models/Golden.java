package bessemer.models;

import bessemer.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tiny checkpoint and what PyTorch computed with it, recorded by `tools/reference/record.py`.
record Golden(Path directory, JsonNode reference, Checkpoint values) implements AutoCloseable {
  private static final Path GOLDENS = Path.of("src/test/resources/goldens");

  /// @param positions of the recorded rows, empty where all are
  record Case(String name, int[][] tokens, int[] positions, JsonNode components, String logits) {
    int length() {
      return tokens[0].length;
    }

    int[] flat() {
      return Stream.of(tokens).flatMapToInt(java.util.Arrays::stream).toArray();
    }
  }

  static List<String> names() {
    try (Stream<Path> folders = Files.list(GOLDENS)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path directory(String name) {
    return GOLDENS.resolve(name);
  }

  static Golden open(String name) throws IOException {
    Path directory = directory(name);
    JsonNode reference = new JsonMapper().readTree(directory.resolve("reference.json"));
    return new Golden(
        directory, reference, Checkpoint.open(directory.resolve("reference.safetensors")));
  }

  List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (JsonNode node : reference.get("cases")) {
      int[][] tokens = new int[node.get("tokens").size()][];
      for (int row = 0; row < tokens.length; row++) {
        tokens[row] = ints(node.get("tokens").get(row));
      }
      JsonNode positions = node.get("positions");
      cases.add(
          new Case(
              node.get("name").asString(),
              tokens,
              positions.isNull() ? new int[0] : ints(positions),
              node.get("components"),
              node.get("logits").asString()));
    }
    return cases;
  }

  /// What PyTorch had, by path.
  Map<String, float[]> expected(Case of) {
    Map<String, float[]> expected = new HashMap<>();
    for (JsonNode component : of.components()) {
      String tensor = component.get("tensor").asString();
      expected.put(component.get("path").asString(), floats(tensor));
    }
    return expected;
  }

  int[] greedyPrompt() {
    return ints(reference.get("greedy").get("prompt"));
  }

  int[] greedyTokens() {
    return ints(reference.get("greedy").get("tokens"));
  }

  float[] floats(String tensor) {
    return values.data(tensor).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).asInt();
    }
    return ints;
  }

  @Override
  public void close() {
    values.close();
  }
}
