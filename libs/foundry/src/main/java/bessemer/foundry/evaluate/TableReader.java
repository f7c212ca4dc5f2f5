package bessemer.foundry.evaluate;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.score.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Files of named fields, a line each: TSV (no quotes; the first line names the columns, unless
/// they are asked for by number) and JSON lines. UTF-8, perhaps compressed.
final class TableReader {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;
  private final List<TableRow> rows = new ArrayList<>();

  private TableReader(Path file) {
    this.file = file;
  }

  /// @param numbered whether columns are asked for by number
  /// @throws BadRequestException naming the line that cannot be read
  static List<TableRow> read(Path file, boolean numbered) throws IOException {
    var reader = new TableReader(file);
    String name = file.toString().replaceFirst("\\.gz$", "");
    List<String> lines = TextLines.unstripped(file);
    if (name.endsWith(".tsv")) {
      reader.tsv(lines, numbered);
    } else if (name.endsWith(".jsonl")) {
      reader.json(lines);
    } else {
      throw new BadRequestException(
          file + ": a corpus in one file is .tsv or .jsonl, perhaps with .gz behind it");
    }
    if (reader.rows.isEmpty()) {
      throw new BadRequestException(file + " has no line below its header");
    }
    return reader.rows;
  }

  private String place(int line) {
    return file.getFileName() + ", line " + (line + 1);
  }

  private void tsv(List<String> lines, boolean numbered) {
    List<String> names = numbered ? numbers(lines.getFirst()) : header(lines.getFirst());
    for (int i = numbered ? 0 : 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split("\t", -1);
      if (cells.length != names.size()) {
        throw new BadRequestException(
            "%s: %d columns, the first line has %d"
                .formatted(place(i), cells.length, names.size()));
      }
      Map<String, List<String>> fields = new LinkedHashMap<>();
      for (int column = 0; column < cells.length; column++) {
        String text = TextLines.stripped(cells[column]);
        fields.put(names.get(column), text.isEmpty() ? List.of() : List.of(text));
      }
      rows.add(new TableRow(place(i), fields));
    }
  }

  private static List<String> numbers(String first) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= first.split("\t", -1).length; i++) {
      names.add(Integer.toString(i));
    }
    return names;
  }

  private List<String> header(String line) {
    List<String> names = new ArrayList<>();
    for (String cell : line.split("\t", -1)) {
      String name = cell.strip();
      if (names.contains(name)) {
        throw new BadRequestException("%s: two columns \"%s\"".formatted(place(0), name));
      }
      names.add(name);
    }
    return names;
  }

  private void json(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      JsonNode object;
      try {
        object = JSON.readTree(lines.get(i));
      } catch (JacksonException e) {
        throw new BadRequestException(
            "%s is not JSON: %s".formatted(place(i), String.valueOf(e.getOriginalMessage())));
      }
      if (!object.isObject()) {
        throw new BadRequestException(place(i) + " is not a JSON object");
      }
      Map<String, List<String>> fields = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        JsonNode value = field.getValue();
        if (value.isString() || value.isNull() || isListOfTexts(value)) {
          fields.put(field.getKey(), texts(value, place(i)));
        }
      }
      rows.add(new TableRow(place(i), fields));
    }
  }

  /// Fields that hold something else may be there; nobody can ask for them.
  private static boolean isListOfTexts(JsonNode value) {
    return value.isArray()
        && StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isString);
  }

  private static List<String> texts(JsonNode value, String place) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : value.isArray() ? value : List.of(value)) {
      String text = TextLines.stripped(each.asString(""));
      if (text.indexOf('\n') >= 0) {
        throw new BadRequestException(
            place + ": a text has a line break; it must be one line, as translations are");
      }
      if (!text.isEmpty()) {
        texts.add(text);
      }
    }
    return texts;
  }
}
