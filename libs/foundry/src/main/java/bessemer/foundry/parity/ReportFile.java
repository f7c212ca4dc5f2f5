package bessemer.foundry.parity;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/// `parity.json`: the fields of [ParityReport] in their order, names in snake_case. The same report
/// gives the same bytes.
public final class ReportFile {
  public static final String JSON = "parity.json";
  public static final String HTML = "parity.html";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING, EnumFeature.READ_ENUMS_USING_TO_STRING)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private ReportFile() {}

  public static String json(ParityReport report) {
    return MAPPER.writeValueAsString(report) + "\n";
  }

  static JsonNode tree(Record details) {
    return MAPPER.valueToTree(details);
  }

  /// Writes `parity.json` and `parity.html` into the directory.
  public static void write(ParityReport report, Path directory) throws IOException {
    Files.writeString(directory.resolve(JSON), json(report));
    Files.writeString(directory.resolve(HTML), HtmlReport.of(report));
  }

  /// @throws BadCheckpointException if the file is no report that this program reads
  public static ParityReport read(Path file) throws IOException {
    return parse(Files.readAllBytes(file), file);
  }

  /// @param file where the bytes come from, for messages
  /// @throws BadCheckpointException if they are no report that this program reads
  public static ParityReport parse(byte[] json, Path file) {
    ParityReport report;
    try {
      report = MAPPER.readValue(json, ParityReport.class);
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "is no parity report: " + e.getOriginalMessage(), e);
    }
    if (!ParityReport.FORMAT.equals(report.format()) || report.version() != ParityReport.VERSION) {
      throw new BadCheckpointException(
          file,
          "expected format %s version %d, got %s version %d"
              .formatted(
                  ParityReport.FORMAT, ParityReport.VERSION, report.format(), report.version()));
    }
    return report;
  }
}
