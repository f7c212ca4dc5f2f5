package bessemer.models;

import bessemer.checkpoint.Checkpoint;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.SearchOptions.EarlyStopping;
import bessemer.models.translation.Task;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tiny translator and what transformers computed with it, recorded by
/// `tools/goldens/translation.py`; of LingoLite what a definition in PyTorch did, recorded by
/// `tools/goldens/lingolite.py`.
record TranslationGolden(Path directory, JsonNode reference, Checkpoint values)
    implements AutoCloseable {
  static final List<String> TRAINED = List.of("nllb-trained", "lingolite-trained");
  static final List<String> NAMES =
      List.of(
          "nllb-tiny",
          "nllb-uneven",
          "nllb-trained",
          "lingolite-tiny",
          "lingolite-uneven",
          "lingolite-trained");
  private static final Path GOLDENS = Path.of("src/test/resources/translation");

  /// One pass of encoder and decoder.
  ///
  /// @param positions of the recorded rows, empty where all are
  record Case(JsonNode node, int[][] source, int[] lengths, int[][] target, int[] positions) {
    String name() {
      return node.get("name").asString();
    }
  }

  /// @param scores NaN where there are none
  record Search(
      SearchOptions options,
      List<Task> tasks,
      List<List<List<Integer>>> tokens,
      List<List<Double>> scores) {}

  static Path directory(String name) {
    return GOLDENS.resolve(name);
  }

  static TranslationGolden open(String name) throws IOException {
    JsonNode reference = new JsonMapper().readTree(directory(name).resolve("reference.json"));
    Path values = directory(name).resolve("reference.safetensors");
    return new TranslationGolden(directory(name), reference, Checkpoint.open(values));
  }

  List<Case> cases() {
    return reference
        .get("cases")
        .valueStream()
        .map(node ->
            new Case(
                node,
                rows(node.get("source")),
                ints(node.get("lengths")),
                rows(node.get("target")),
                node.get("positions").isNull() ? new int[0] : ints(node.get("positions"))))
        .toList();
  }

  /// What PyTorch had, by path.
  Map<String, float[]> expected(Case of) {
    Map<String, float[]> expected = new HashMap<>();
    for (JsonNode component : of.node().get("components")) {
      expected.put(component.get("path").asString(), floats(component.get("tensor").asString()));
    }
    return expected;
  }

  float[] logits(Case of) {
    return floats(of.node().get("logits").asString());
  }

  private float[] floats(String tensor) {
    return values.data(tensor).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  List<Search> searches() {
    return reference.get("searches").valueStream().map(TranslationGolden::search).toList();
  }

  private static Search search(JsonNode node) {
    var options =
        new SearchOptions(
            node.get("num_beams").asInt(),
            node.get("max_length").asInt(),
            node.path("length_penalty").asDouble(1),
            node.path("no_repeat_ngram_size").asInt(0),
            stopping(node.path("early_stopping")));
    JsonNode language = node.get("language");
    List<Integer> opening = language.isNull() ? List.of() : List.of(language.asInt());
    List<Task> tasks =
        node.get("source").valueStream().map(row -> new Task(list(row), opening)).toList();
    List<JsonNode> found = node.get("hypotheses").valueStream().toList();
    return new Search(
        options,
        tasks,
        found.stream()
            .map(row -> row.valueStream().map(one -> list(one.get("tokens"))).toList())
            .toList(),
        found.stream()
            .map(row -> row.valueStream().map(one -> one.get("score").asDouble()).toList())
            .toList());
  }

  private static EarlyStopping stopping(JsonNode node) {
    if (node.isString()) {
      return EarlyStopping.NEVER;
    }
    return node.asBoolean(false) ? EarlyStopping.AT_ONCE : EarlyStopping.HEURISTIC;
  }

  private static int[][] rows(JsonNode node) {
    return node.valueStream().map(TranslationGolden::ints).toArray(int[][]::new);
  }

  private static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  private static List<Integer> list(JsonNode array) {
    return Stream.of(ints(array)).flatMapToInt(java.util.Arrays::stream).boxed().toList();
  }

  @Override
  public void close() {
    values.close();
  }
}
