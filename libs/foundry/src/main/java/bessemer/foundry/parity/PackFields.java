package bessemer.foundry.parity;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Fields of `reference.json`, each of the type it must have. Every complaint names the file and
/// the field.
record PackFields(Path file) {

  JsonNode field(JsonNode node, String at, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw bad(at + name + ": is missing");
    }
    return value;
  }

  void is(JsonNode node, String name, String expected) {
    String text = text(node, "", name);
    if (!text.equals(expected)) {
      throw bad(name + ": expected " + quoted(expected) + ", got " + quoted(text));
    }
  }

  String text(JsonNode node, String at, String name) {
    JsonNode value = field(node, at, name);
    if (!value.isString() || value.stringValue().isBlank()) {
      throw bad(at + name + ": expected a text, got " + quoted(value.toString()));
    }
    return value.stringValue();
  }

  SortedMap<String, String> texts(JsonNode node, String at, String name) {
    JsonNode object = field(node, at, name);
    if (!object.isObject()) {
      throw bad(at + name + ": expected an object");
    }
    SortedMap<String, String> texts = new TreeMap<>();
    object.propertyNames().forEach(key -> texts.put(key, text(object, at + name + ".", key)));
    return texts;
  }

  JsonNode array(JsonNode node, String field) {
    if (!node.isArray()) {
      throw bad(field + ": expected a list, got " + quoted(node.toString()));
    }
    return node;
  }

  /// Ids in rows of one length.
  List<List<Integer>> rows(JsonNode node, String at, String name) {
    JsonNode rows = array(field(node, at, name), at + name);
    List<List<Integer>> tokens = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      tokens.add(integers(rows.get(i), at + name + "[" + i + "]"));
    }
    if (tokens.isEmpty() || tokens.stream().map(List::size).distinct().count() != 1) {
      throw bad(at + name + ": expected at least one row, and rows of one length");
    }
    return tokens;
  }

  /// At least one, none negative.
  List<Integer> integers(JsonNode node, String field) {
    List<Integer> values = new ArrayList<>();
    for (JsonNode value : array(node, field)) {
      if (!value.isInt() || value.intValue() < 0) {
        throw bad(field + ": expected integers from 0, got " + quoted(value.toString()));
      }
      values.add(value.intValue());
    }
    if (values.isEmpty()) {
      throw bad(field + ": is empty");
    }
    return values;
  }

  /// Ascending, below `length`; none where the field is null or missing.
  List<Integer> positions(@Nullable JsonNode node, String field, int length) {
    if (node == null || node.isNull()) {
      return List.of();
    }
    List<Integer> positions = integers(node, field);
    for (int i = 0; i < positions.size(); i++) {
      int position = positions.get(i);
      if (position >= length || (i > 0 && position <= positions.get(i - 1))) {
        throw bad(field + ": expected ascending positions below " + length + ", got " + positions);
      }
    }
    return positions;
  }

  /// A positive number; 1 where the field is missing.
  double scale(JsonNode node, String at) {
    JsonNode value = node.get("scale");
    if (value == null) {
      return 1;
    }
    if (!value.isNumber() || !(value.doubleValue() > 0)) {
      throw bad(at + "scale: expected a positive number, got " + quoted(value.toString()));
    }
    return value.doubleValue();
  }

  BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, problem);
  }
}
