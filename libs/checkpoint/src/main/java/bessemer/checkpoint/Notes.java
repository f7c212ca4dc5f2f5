package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.Pickled.Dict;
import bessemer.checkpoint.Pickled.None;
import bessemer.checkpoint.Pickled.Real;
import bessemer.checkpoint.Pickled.Sequence;
import bessemer.checkpoint.Pickled.Text;
import bessemer.checkpoint.Pickled.Truth;
import bessemer.checkpoint.Pickled.Tuple;
import bessemer.checkpoint.Pickled.Whole;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What training scripts note of a model beside its weights: dictionaries of plain values, which
/// become JSON. Values of other kinds are left out of them.
final class Notes {
  private static final List<String> NAMES = List.of("config", "quantization");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_VALUES = 10_000; // a dictionary may contain itself
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Path file;
  private final String name;
  private int values;

  private Notes(Path file, String name) {
    this.file = file;
    this.name = name;
  }

  /// By name, as JSON.
  static Map<String, String> of(Path file, Pickled root) {
    Map<String, String> notes = new LinkedHashMap<>();
    if (root instanceof Dict(var items)) {
      for (String name : NAMES) {
        if (items.get(name) instanceof Dict dict) {
          notes.put(name, new Notes(file, name).object(dict, 0).toString());
        }
      }
    }
    return notes;
  }

  private ObjectNode object(Dict dict, int depth) {
    ObjectNode object = JSON.objectNode();
    dict.items().forEach((key, value) -> json(value, depth).ifPresent(j -> object.set(key, j)));
    return object;
  }

  private ArrayNode array(List<Pickled> items, int depth) {
    ArrayNode array = JSON.arrayNode();
    items.forEach(item -> json(item, depth).ifPresent(array::add));
    return array;
  }

  private Optional<JsonNode> json(Pickled value, int depth) {
    if (++values > MAX_VALUES || depth > MAX_DEPTH) {
      throw new BadCheckpointException(
          file,
          "%s has more than %d values, or is nested more than %d deep"
              .formatted(quoted(name), MAX_VALUES, MAX_DEPTH));
    }
    return switch (value) {
      case None _ -> Optional.of(JSON.nullNode());
      case Truth(boolean truth) -> Optional.of(JSON.booleanNode(truth));
      case Real(double real) ->
          Double.isFinite(real) ? Optional.of(JSON.numberNode(real)) : Optional.empty();
      case Whole(BigInteger whole) -> Optional.of(JSON.numberNode(whole));
      case Text(String text) -> Optional.of(JSON.stringNode(text));
      case Dict dict -> Optional.of(object(dict, depth + 1));
      case Sequence(var items) -> Optional.of(array(items, depth + 1));
      case Tuple(var items) -> Optional.of(array(items, depth + 1));
      case Pickled.Mark _,
          Pickled.Callable _,
          Pickled.StorageClass _,
          Pickled.Storage _,
          Pickled.Tensor _ ->
          Optional.empty();
    };
  }
}
