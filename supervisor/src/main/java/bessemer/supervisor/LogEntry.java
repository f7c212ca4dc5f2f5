package bessemer.supervisor;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One line of a log, as whoever wrote it meant it: the services write JSON, PostgreSQL and the
/// supervisor text with the time in front.
///
/// @param at null for a line that goes on where the one before ended
/// @param level in capitals; empty when the line has none
/// @param context what the line is about: job, request
/// @param raw as it is in the file
public record LogEntry(
    String part,
    @Nullable Instant at,
    String level,
    String text,
    Map<String, String> context,
    String raw) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Set<String> CONTEXT = Set.of("job", "request");

  /// `2026-11-21 15:29:12.869 UTC [16760] LOG: text`
  private static final Pattern POSTGRES =
      Pattern.compile("(\\d{4}-\\d\\d-\\d\\d) ([\\d:.]{12}) UTC \\[\\d+] ([A-Z]+): +(.*)");

  private static final Pattern PLAIN = Pattern.compile("(\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z) (.*)");

  public static LogEntry parse(String part, String line) {
    try {
      LogEntry entry = line.startsWith("{") ? json(part, line) : text(part, line);
      return entry == null ? new LogEntry(part, null, "", line, Map.of(), line) : entry;
    } catch (JacksonException | DateTimeParseException e) {
      return new LogEntry(part, null, "", line, Map.of(), line); // cut off, or somebody else's
    }
  }

  private static @Nullable LogEntry json(String part, String line) {
    JsonNode node = MAPPER.readTree(line);
    String time = node.path("@timestamp").asString("");
    if (time.isEmpty()) {
      return null;
    }
    Map<String, String> context = new LinkedHashMap<>();
    node.properties().stream()
        .filter(property -> CONTEXT.contains(property.getKey()))
        .forEach(property -> context.put(property.getKey(), property.getValue().asString("")));
    String text = node.path("message").asString("");
    String trace = node.path("stack_trace").asString("").stripTrailing();
    return new LogEntry(
        part,
        java.time.OffsetDateTime.parse(time).toInstant(),
        node.path("level").asString(""),
        trace.isEmpty() ? text : text + "\n" + trace,
        context,
        line);
  }

  private static @Nullable LogEntry text(String part, String line) {
    Matcher postgres = POSTGRES.matcher(line);
    if (postgres.matches()) {
      Instant at = Instant.parse(postgres.group(1) + "T" + postgres.group(2) + "Z");
      return new LogEntry(part, at, level(postgres.group(3)), postgres.group(4), Map.of(), line);
    }
    Matcher plain = PLAIN.matcher(line);
    return plain.matches()
        ? new LogEntry(part, Instant.parse(plain.group(1)), "INFO", plain.group(2), Map.of(), line)
        : null;
  }

  /// PostgreSQL's words, in those of the services.
  private static String level(String severity) {
    return switch (severity) {
      case "ERROR", "FATAL", "PANIC" -> "ERROR";
      case "WARNING" -> "WARN";
      default -> "INFO";
    };
  }
}
