package bessemer.foundry.evaluate;

import bessemer.foundry.BadRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A line of a table.
///
/// @param place file and line
/// @param fields by name, each with its texts; a field that is not there or empty has none
record TableRow(String place, Map<String, List<String>> fields) {

  /// The one text of a field.
  Optional<String> text(String name) {
    List<String> texts = fields.getOrDefault(name, List.of());
    if (texts.size() > 1) {
      throw new BadRequestException(
          "%s: \"%s\" must be one text, is a list of %d".formatted(place, name, texts.size()));
    }
    return texts.stream().findFirst();
  }

  /// @throws BadRequestException if the line has no such field; it may be empty
  String required(String name) {
    if (!fields.containsKey(name)) {
      throw missing(name);
    }
    return text(name).orElse("");
  }

  /// All texts of these fields.
  ///
  /// @throws BadRequestException if a field is not there, or all are empty
  List<String> all(List<String> names) {
    List<String> texts = new ArrayList<>();
    for (String name : names) {
      List<String> of = fields.get(name);
      if (of == null) {
        throw missing(name);
      }
      texts.addAll(of);
    }
    if (texts.isEmpty()) {
      throw new BadRequestException(
          "%s: no reference in %s".formatted(place, String.join(", ", names)));
    }
    return texts;
  }

  private BadRequestException missing(String name) {
    return new BadRequestException(
        "%s: there is no text \"%s\"; it has %s"
            .formatted(place, name, String.join(", ", fields.keySet())));
  }
}
