package bessemer.foundry.score;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What sacrebleu said, recorded by `tools/goldens/score.py`; another file with the system property
/// `bessemer.score.goldens`, as `tools/score/sweep.py` does.
final class Goldens {
  private static final Path FILE =
      Path.of(System.getProperty("bessemer.score.goldens", "src/test/resources/score.json"));

  /// A corpus, another system's lines, and what was said of both by one metric.
  record Case(String name, Corpus corpus, List<String> baseline, Metric metric, JsonNode said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Goldens() {}

  static JsonNode read() throws IOException {
    return new JsonMapper().readTree(Files.readString(FILE));
  }

  static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (JsonNode recorded : read().get("corpora")) {
      List<List<String>> references = new ArrayList<>();
      recorded.get("references").forEach(stream -> references.add(strings(stream)));
      var corpus = Corpus.of(strings(recorded.get("hypotheses")), references);
      for (JsonNode said : recorded.get("results")) {
        String name = cases.size() + " " + said.get("metric");
        List<String> baseline = strings(recorded.get("baseline"));
        cases.add(new Case(name, corpus, baseline, metric(said.get("metric")), said));
      }
    }
    return cases;
  }

  /// Null stays null: a line without this reference.
  static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(node -> strings.add(node.isNull() ? null : node.asString()));
    return strings;
  }

  private static Metric metric(JsonNode settings) {
    boolean lowercase = settings.get("lowercase").asBoolean();
    return settings.get("kind").asString().equals("bleu")
        ? new Bleu(
            tokenizer(settings.get("tokenize").asString()),
            smoothing(settings),
            lowercase,
            settings.get("effective_order").asBoolean(),
            settings.get("max_ngram_order").asInt())
        : new Chrf(
            settings.get("char_order").asInt(),
            settings.get("word_order").asInt(),
            settings.get("beta").asInt(),
            lowercase,
            settings.get("whitespace").asBoolean(),
            settings.get("eps_smoothing").asBoolean());
  }

  static Tokenizer tokenizer(String name) {
    for (Tokenizer tokenizer : Tokenizer.values()) {
      if (tokenizer.toString().equals(name)) {
        return tokenizer;
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static Smoothing smoothing(JsonNode settings) {
    JsonNode value = settings.get("smooth_value");
    return switch (settings.get("smooth_method").asString()) {
      case "exp" -> new Smoothing.Exponential();
      case "none" -> new Smoothing.None();
      case "floor" -> new Smoothing.Floor(value.isNull() ? 0.1 : value.asDouble());
      case "add-k" -> new Smoothing.AddK(value.isNull() ? 1 : value.asDouble());
      default -> throw new IllegalArgumentException(settings.toString());
    };
  }
}
