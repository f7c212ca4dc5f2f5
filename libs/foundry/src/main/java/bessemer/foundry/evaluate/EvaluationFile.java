package bessemer.foundry.evaluate;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// An evaluation as files: `evaluation.json` (the fields of [Evaluation] in their order, names in
/// snake_case), `evaluation.html`, and the translations of each system, line by line.
public final class EvaluationFile {
  public static final String JSON = "evaluation.json";
  public static final String HTML = "evaluation.html";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private EvaluationFile() {}

  public static String json(Evaluation evaluation) {
    return MAPPER.writeValueAsString(evaluation) + "\n";
  }

  /// @param json as [#json] wrote it
  /// @param from where it comes from, for messages
  /// @throws BadCheckpointException if it is no evaluation that this program reads
  public static Evaluation parse(byte[] json, Path from) {
    Evaluation evaluation;
    try {
      evaluation = MAPPER.readValue(json, Evaluation.class);
    } catch (JacksonException e) {
      throw new BadCheckpointException(from, "is no evaluation: " + e.getOriginalMessage(), e);
    }
    if (!Evaluation.FORMAT.equals(evaluation.format())
        || evaluation.version() != Evaluation.VERSION) {
      throw new BadCheckpointException(
          from,
          "expected format %s version %d, got %s version %d"
              .formatted(
                  Evaluation.FORMAT,
                  Evaluation.VERSION,
                  evaluation.format(),
                  evaluation.version()));
    }
    return evaluation;
  }

  /// The file with a system's translations.
  ///
  /// @param system its place among the systems, from 0
  public static String hypotheses(int system) {
    return "hypotheses-" + (system + 1) + ".txt";
  }

  /// The names of all files of an evaluation.
  public static List<String> names(Evaluation evaluation) {
    List<String> names = new ArrayList<>(List.of(JSON, HTML));
    for (int system = 0; system < evaluation.systems().size(); system++) {
      names.add(hypotheses(system));
    }
    return names;
  }

  /// Writes all of them into the directory.
  public static void write(Evaluation evaluation, Iterable<SystemOutput> systems, Path directory)
      throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(JSON), json(evaluation));
    Files.writeString(directory.resolve(HTML), EvaluationHtml.of(evaluation));
    int number = 0;
    for (SystemOutput system : systems) {
      String lines = String.join("\n", system.hypotheses()) + "\n";
      Files.writeString(directory.resolve(hypotheses(number++)), lines);
    }
  }
}
