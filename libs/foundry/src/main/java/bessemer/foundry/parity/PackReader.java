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
import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
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
  private final PackFields fields;

  PackReader(Path file, Path tensorFile, Checkpoint tensors) {
    this.file = file;
    this.tensorFile = tensorFile;
    this.tensors = tensors;
    this.fields = new PackFields(file);
  }

  Contents read() throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw fields.bad("is longer than " + MAX_BYTES + " bytes");
    }
    JsonNode root = parse();
    fields.is(root, "format", "bessemer-reference");
    JsonNode version = fields.field(root, "", "version");
    if (!version.isInt() || version.intValue() != 1) {
      throw fields.bad("version: this program reads 1, got " + version);
    }
    fields.is(root, "dtype", "float32");
    fields.is(root, "attention", "eager");
    List<Case> cases = cases(root);
    return new Contents(
        fields.texts(root, "", "recorded_with"),
        origin(root),
        cases,
        greedy(root.get("greedy"), cases.getFirst()));
  }

  private JsonNode parse() throws IOException {
    try {
      JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw fields.bad("expected an object");
      }
      return root;
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private Origin origin(JsonNode root) {
    JsonNode source = fields.field(root, "", "source");
    SortedMap<String, String> files = fields.texts(source, "source.", "files");
    files.forEach((name, hash) -> checkHash("source.files." + quoted(name), hash));
    String config = fields.text(source, "source.", "config_sha256");
    checkHash("source.config_sha256", config);
    return new Origin(fields.text(source, "source.", "model_type"), files, config);
  }

  private void checkHash(String field, String hash) {
    if (!SHA_256.matcher(hash).matches()) {
      throw fields.bad(field + ": expected 64 hexadecimal digits, got " + quoted(hash));
    }
  }

  private List<Case> cases(JsonNode root) {
    JsonNode list = fields.array(fields.field(root, "", "cases"), "cases");
    if (list.isEmpty()) {
      throw fields.bad("cases: there must be at least one");
    }
    List<Case> cases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      String at = "cases[" + i + "].";
      Case read = readCase(list.get(i), at);
      if (!names.add(read.name())) {
        throw fields.bad(at + "name: a second case " + quoted(read.name()));
      }
      if (!cases.isEmpty() && cases.getFirst().source().isEmpty() != read.source().isEmpty()) {
        throw fields.bad(at + "input_ids: every case has a source, or none has");
      }
      cases.add(read);
    }
    return cases;
  }

  private Case readCase(JsonNode node, String at) {
    String name = fields.text(node, at, "name");
    boolean translated = node.has("input_ids");
    String ids = translated ? "decoder_input_ids" : "tokens";
    List<List<Integer>> tokens = fields.rows(node, at, ids);
    List<Source> source = translated ? List.of(source(node, at, tokens.size())) : List.of();
    List<Integer> positions =
        fields.positions(node.get("positions"), at + "positions", tokens.getFirst().size());
    var extents =
        new Extents(
            tokens.size(),
            recorded(tokens, positions),
            translated ? recorded(source.getFirst().tokens(), source.getFirst().positions()) : 0);
    Component logits = component("logits", fields.text(node, at, "logits"), at, extents, 1);
    checkTokens(tokens, logits.shape().dim(-1), at + ids);
    for (Source one : source) {
      checkTokens(one.tokens(), logits.shape().dim(-1), at + "input_ids");
    }
    return new Case(name, source, tokens, positions, components(node, at, extents), logits);
  }

  private static int recorded(List<List<Integer>> tokens, List<Integer> positions) {
    return positions.isEmpty() ? tokens.getFirst().size() : positions.size();
  }

  private Source source(JsonNode node, String at, int rows) {
    List<List<Integer>> tokens = fields.rows(node, at, "input_ids");
    List<List<Integer>> mask = fields.rows(node, at, "attention_mask");
    int width = tokens.getFirst().size();
    if (tokens.size() != rows || mask.size() != rows || mask.getFirst().size() != width) {
      throw fields.bad(
          "%sattention_mask: expected %d rows of %d as input_ids, and as many decoder_input_ids"
              .formatted(at, tokens.size(), width));
    }
    List<Integer> lengths = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      lengths.add(length(mask.get(i), at + "attention_mask[" + i + "]"));
    }
    String field = at + "encoder_positions";
    return new Source(
        tokens, lengths, fields.positions(node.get("encoder_positions"), field, width));
  }

  /// How many tokens of a row are no padding.
  private int length(List<Integer> mask, String field) {
    int ones = mask.indexOf(0) < 0 ? mask.size() : mask.indexOf(0);
    boolean padded = mask.subList(ones, mask.size()).stream().allMatch(value -> value == 0);
    if (ones == 0 || !padded || mask.subList(0, ones).stream().anyMatch(value -> value != 1)) {
      throw fields.bad(field + ": expected ones, then zeros, got " + mask);
    }
    return ones;
  }

  private List<Component> components(JsonNode node, String at, Extents extents) {
    List<Component> components = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    JsonNode list = fields.array(fields.field(node, at, "components"), at + "components");
    for (int i = 0; i < list.size(); i++) {
      String where = at + "components[" + i + "].";
      String path = fields.text(list.get(i), where, "path");
      if (!paths.add(path)) {
        throw fields.bad(where + "path: a second " + quoted(path));
      }
      String tensor = fields.text(list.get(i), where, "tensor");
      components.add(component(path, tensor, where, extents, fields.scale(list.get(i), where)));
    }
    return components;
  }

  /// How long the axes of tensors are.
  ///
  /// @param decoder recorded tokens of each row
  /// @param encoder recorded tokens of each source; 0 without sources
  private record Extents(int rows, int decoder, int encoder) {
    int of(String path) {
      return encoder > 0 && Side.of(path) == Side.ENCODER ? encoder : decoder;
    }
  }

  private Component component(
      String path, String tensor, String at, Extents extents, double scale) {
    StoredTensor stored = tensors.tensors().get(tensor);
    String field = at + (path.equals("logits") ? "logits" : "tensor");
    if (stored == null) {
      throw fields.bad(field + ": " + quoted(tensor) + " is not in " + tensorFile.getFileName());
    }
    if (stored.type() != StoredType.F32) {
      throw fields.bad(
          field + ": " + quoted(tensor) + " holds " + stored.type() + ", expected F32");
    }
    List<Long> dims = stored.shape();
    int axis = Kind.of(path).lengthAxis(dims.size());
    boolean fits =
        (dims.size() == 3 || dims.size() == 4)
            && dims.getFirst() == extents.rows()
            && dims.get(axis) == extents.of(path)
            && dims.stream().allMatch(dim -> dim > 0);
    if (!fits) {
      throw fields.bad(
          "%s: %s is %s, expected %d rows first and %d positions on axis %d of 3 or 4"
              .formatted(field, quoted(tensor), dims, extents.rows(), extents.of(path), axis + 1));
    }
    Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    return new Component(path, tensor, shape, scale);
  }

  private void checkTokens(List<List<Integer>> tokens, long vocabulary, String field) {
    for (List<Integer> row : tokens) {
      for (int token : row) {
        if (token >= vocabulary) {
          throw fields.bad(field + ": token " + token + " but logits of " + vocabulary + " tokens");
        }
      }
    }
  }

  /// @param alike a case, which has a source if this has
  private List<Greedy> greedy(@Nullable JsonNode node, Case alike) {
    if (node == null || node.isNull()) {
      return List.of();
    }
    long vocabulary = alike.logits().shape().dim(-1);
    boolean translated = !alike.source().isEmpty();
    return List.of(
        new Greedy(
            translated ? List.of(Source.of(ids(node, "input_ids", vocabulary))) : List.of(),
            ids(node, "prompt", vocabulary),
            ids(node, "tokens", vocabulary)));
  }

  private List<Integer> ids(JsonNode greedy, String name, long vocabulary) {
    JsonNode node = fields.field(greedy, "greedy.", name);
    List<Integer> ids = fields.integers(node, "greedy." + name);
    checkTokens(List.of(ids), vocabulary, "greedy." + name);
    return ids;
  }
}
