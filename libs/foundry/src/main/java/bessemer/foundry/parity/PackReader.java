package bessemer.foundry.parity;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import bessemer.foundry.parity.ReferencePack.Contents;
import bessemer.foundry.parity.ReferencePack.Greedy;
import bessemer.foundry.parity.ReferencePack.Origin;
import bessemer.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads and checks `reference.json` against the tensors beside it. Every complaint names the file
/// and the field.
final class PackReader {
  private static final long MAX_BYTES = 256L << 20;
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path file;
  private final Path tensorFile;
  private final Checkpoint tensors;

  PackReader(Path file, Path tensorFile, Checkpoint tensors) {
    this.file = file;
    this.tensorFile = tensorFile;
    this.tensors = tensors;
  }

  Contents read() throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw bad("is longer than " + MAX_BYTES + " bytes");
    }
    JsonNode root = parse();
    is(root, "format", "bessemer-reference");
    JsonNode version = field(root, "", "version");
    if (!version.isInt() || version.intValue() != 1) {
      throw bad("version: this program reads 1, got " + version);
    }
    is(root, "dtype", "float32");
    is(root, "attention", "eager");
    return new Contents(
        texts(root, "", "recorded_with"), origin(root), cases(root), greedy(root.get("greedy")));
  }

  private JsonNode parse() throws IOException {
    try {
      JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw bad("expected an object");
      }
      return root;
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private Origin origin(JsonNode root) {
    JsonNode source = field(root, "", "source");
    SortedMap<String, String> files = texts(source, "source.", "files");
    files.forEach((name, hash) -> checkHash("source.files." + quoted(name), hash));
    String config = text(source, "source.", "config_sha256");
    checkHash("source.config_sha256", config);
    return new Origin(text(source, "source.", "model_type"), files, config);
  }

  private void checkHash(String field, String hash) {
    if (!SHA_256.matcher(hash).matches()) {
      throw bad(field + ": expected 64 hexadecimal digits, got " + quoted(hash));
    }
  }

  private List<Case> cases(JsonNode root) {
    JsonNode list = array(field(root, "", "cases"), "cases");
    if (list.isEmpty()) {
      throw bad("cases: there must be at least one");
    }
    List<Case> cases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      Case read = readCase(list.get(i), "cases[" + i + "].");
      if (!names.add(read.name())) {
        throw bad("cases[" + i + "].name: a second case " + quoted(read.name()));
      }
      cases.add(read);
    }
    return cases;
  }

  private Case readCase(JsonNode node, String at) {
    String name = text(node, at, "name");
    List<List<Integer>> tokens = tokens(field(node, at, "tokens"), at + "tokens");
    int length = tokens.getFirst().size();
    List<Integer> positions = positions(node.get("positions"), at + "positions", length);
    var extent = new Extent(tokens.size(), length, positions.isEmpty() ? length : positions.size());
    List<Component> components = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    JsonNode list = array(field(node, at, "components"), at + "components");
    for (int i = 0; i < list.size(); i++) {
      String where = at + "components[" + i + "].";
      String path = text(list.get(i), where, "path");
      if (!paths.add(path)) {
        throw bad(where + "path: a second " + quoted(path));
      }
      components.add(component(path, text(list.get(i), where, "tensor"), where, extent));
    }
    Component logits = component("logits", text(node, at, "logits"), at, extent);
    checkTokens(tokens, logits.shape().dim(-1), at + "tokens");
    return new Case(name, tokens, positions, components, logits);
  }

  /// @param recorded rows along the length axis that the tensors hold
  private record Extent(int rows, int length, int recorded) {}

  private Component component(String path, String tensor, String at, Extent extent) {
    StoredTensor stored = tensors.tensors().get(tensor);
    String field = at + (path.equals("logits") ? "logits" : "tensor");
    if (stored == null) {
      throw bad(field + ": " + quoted(tensor) + " is not in " + tensorFile.getFileName());
    }
    if (stored.type() != StoredType.F32) {
      throw bad(field + ": " + quoted(tensor) + " holds " + stored.type() + ", expected F32");
    }
    List<Long> dims = stored.shape();
    int axis = Kind.of(path).lengthAxis(dims.size());
    boolean fits =
        (dims.size() == 3 || dims.size() == 4)
            && dims.getFirst() == extent.rows()
            && dims.get(axis) == extent.recorded()
            && dims.stream().allMatch(dim -> dim > 0);
    if (!fits) {
      throw bad(
          "%s: %s is %s, expected %d rows first and %d positions on axis %d of 3 or 4"
              .formatted(field, quoted(tensor), dims, extent.rows(), extent.recorded(), axis + 1));
    }
    return new Component(
        path, tensor, Shape.of(dims.stream().mapToLong(Long::longValue).toArray()));
  }

  private void checkTokens(List<List<Integer>> tokens, long vocabulary, String field) {
    for (List<Integer> row : tokens) {
      for (int token : row) {
        if (token >= vocabulary) {
          throw bad(field + ": token " + token + " but logits of " + vocabulary + " tokens");
        }
      }
    }
  }

  private List<List<Integer>> tokens(JsonNode node, String field) {
    JsonNode rows = array(node, field);
    List<List<Integer>> tokens = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      tokens.add(integers(rows.get(i), field + "[" + i + "]"));
    }
    if (tokens.isEmpty() || tokens.stream().map(List::size).distinct().count() != 1) {
      throw bad(field + ": expected at least one row, and rows of one length");
    }
    return tokens;
  }

  private List<Integer> positions(@Nullable JsonNode node, String field, int length) {
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

  private List<Greedy> greedy(@Nullable JsonNode node) {
    if (node == null || node.isNull()) {
      return List.of();
    }
    return List.of(
        new Greedy(
            integers(field(node, "greedy.", "prompt"), "greedy.prompt"),
            integers(field(node, "greedy.", "tokens"), "greedy.tokens")));
  }

  /// At least one, none negative.
  private List<Integer> integers(JsonNode node, String field) {
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

  private SortedMap<String, String> texts(JsonNode node, String at, String name) {
    JsonNode object = field(node, at, name);
    if (!object.isObject()) {
      throw bad(at + name + ": expected an object");
    }
    SortedMap<String, String> texts = new TreeMap<>();
    object.propertyNames().forEach(key -> texts.put(key, text(object, at + name + ".", key)));
    return texts;
  }

  private void is(JsonNode node, String name, String expected) {
    String text = text(node, "", name);
    if (!text.equals(expected)) {
      throw bad(name + ": expected " + quoted(expected) + ", got " + quoted(text));
    }
  }

  private String text(JsonNode node, String at, String name) {
    JsonNode value = field(node, at, name);
    if (!value.isString() || value.stringValue().isBlank()) {
      throw bad(at + name + ": expected a text, got " + quoted(value.toString()));
    }
    return value.stringValue();
  }

  private JsonNode array(JsonNode node, String field) {
    if (!node.isArray()) {
      throw bad(field + ": expected a list, got " + quoted(node.toString()));
    }
    return node;
  }

  private JsonNode field(JsonNode node, String at, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw bad(at + name + ": is missing");
    }
    return value;
  }

  private BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, problem);
  }
}
