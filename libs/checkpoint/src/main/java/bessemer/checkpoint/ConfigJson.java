package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A `config.json`, or an object in one. Reads what transformers 4 and 5 write. A field that is
/// `null` counts as absent. Getters without "optional" require the field; all of them refuse a
/// value of another type with a [BadCheckpointException] that names field, value and file.
public final class ConfigJson {
  private static final int MAX_BYTES = 4 << 20;

  /// What every architecture of transformers assumes where a configuration has no `rope_theta`.
  private static final double DEFAULT_THETA = 10_000;

  private final Path file;
  private final String prefix; // where this object lies in the file, with a dot at the end
  private final ObjectNode fields;

  private ConfigJson(Path file, String prefix, ObjectNode fields) {
    this.file = file;
    this.prefix = prefix;
    this.fields = fields;
  }

  /// @throws BadCheckpointException if the file is no JSON object, has a key twice, is over 4 MB,
  ///   or keeps the language model's fields in a nested `text_config`
  public static ConfigJson read(Path file) throws IOException {
    return new ConfigJson(file, "", Json.object(file, MAX_BYTES)).requireFlat();
  }

  /// The same for text that is in memory already; `file` is for messages only.
  public static ConfigJson parse(Path file, String json) {
    return new ConfigJson(file, "", Json.object(file, json)).requireFlat();
  }

  private ConfigJson requireFlat() {
    if (fields.path("text_config").isObject()) {
      throw new BadCheckpointException(
          file,
          "has a \"text_config\": a model of several parts, such as text and images, is not"
              + " supported; take a model of text only");
    }
    return this;
  }

  public Path file() {
    return file;
  }

  /// All fields as they are, for writing a changed copy.
  public ObjectNode fields() {
    return fields.deepCopy();
  }

  public boolean has(String field) {
    return find(field).isPresent();
  }

  public int integer(String field) {
    return optionalInteger(field).orElseThrow(() -> missing(field));
  }

  public OptionalInt optionalInteger(String field) {
    Optional<Integer> value = value(field, "an integer", ConfigJson::isInt, JsonNode::intValue);
    return value.map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  public double number(String field) {
    return optionalNumber(field).orElseThrow(() -> missing(field));
  }

  public OptionalDouble optionalNumber(String field) {
    Optional<Double> value =
        value(field, "a finite number", ConfigJson::isFinite, JsonNode::doubleValue);
    return value.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
  }

  public boolean bool(String field) {
    return optionalBool(field).orElseThrow(() -> missing(field));
  }

  public Optional<Boolean> optionalBool(String field) {
    return value(field, "true or false", JsonNode::isBoolean, JsonNode::booleanValue);
  }

  public String text(String field) {
    return optionalText(field).orElseThrow(() -> missing(field));
  }

  public Optional<String> optionalText(String field) {
    return value(field, "a text", JsonNode::isString, JsonNode::stringValue);
  }

  public ConfigJson object(String field) {
    return optionalObject(field).orElseThrow(() -> missing(field));
  }

  public Optional<ConfigJson> optionalObject(String field) {
    return value(field, "an object", JsonNode::isObject, node -> inner(field, node));
  }

  public List<JsonNode> list(String field) {
    return optionalList(field).orElseThrow(() -> missing(field));
  }

  public Optional<List<JsonNode>> optionalList(String field) {
    return value(field, "a list", JsonNode::isArray, node -> node.valueStream().toList());
  }

  /// A list of integers; a single integer counts as a list of one (`eos_token_id` may be either),
  /// an absent field as an empty one.
  public List<Integer> integers(String field) {
    if (find(field).filter(ConfigJson::isInt).isPresent()) {
      return List.of(integer(field));
    }
    return elements(field, "a list of integers", ConfigJson::isInt, JsonNode::intValue);
  }

  /// A list of texts; empty if the field is absent.
  public List<String> texts(String field) {
    return elements(field, "a list of texts", JsonNode::isString, JsonNode::stringValue);
  }

  public String modelType() {
    return text("model_type");
  }

  public List<String> architectures() {
    return texts("architectures");
  }

  /// The type of the weights, such as `bfloat16`: `dtype`, or `torch_dtype` as version 4 calls it.
  public Optional<String> dtype() {
    return optionalText("dtype").or(() -> optionalText("torch_dtype"));
  }

  /// How positions are rotated, the same in all layers.
  ///
  /// @throws BadCheckpointException if layers differ
  public RopeParameters ropeParameters() {
    if (!ropeParametersByLayerType().isEmpty()) {
      throw new BadCheckpointException(
          file,
          "%s differs between types of layers: %s"
              .formatted(ropeField(), ropeParametersByLayerType().keySet()));
    }
    Optional<ConfigJson> object = optionalObject(ropeField());
    return ropeParameters(object.orElseGet(() -> new ConfigJson(file, prefix, emptyObject())));
  }

  /// How positions are rotated in each type of layers (`full_attention`, `sliding_attention`), if
  /// the configuration has one entry per type; empty if it has one for all.
  public SequencedMap<String, RopeParameters> ropeParametersByLayerType() {
    SequencedMap<String, RopeParameters> byType = new LinkedHashMap<>();
    optionalObject(ropeField())
        .filter(object -> !object.fields.isEmpty())
        .filter(object -> object.fields.valueStream().allMatch(JsonNode::isObject))
        .ifPresent(object ->
            object.fields.propertyNames().stream()
                .forEach(type -> byType.put(type, ropeParameters(object.object(type)))));
    return byType;
  }

  /// Version 4 calls it `rope_scaling`, which transformers prefers where a file has both.
  private String ropeField() {
    return has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  }

  private RopeParameters ropeParameters(ConfigJson object) {
    String type =
        object.optionalText("rope_type").or(() -> object.optionalText("type")).orElse("default");
    double theta =
        object
            .optionalNumber("rope_theta")
            .orElse(optionalNumber("rope_theta").orElse(DEFAULT_THETA));
    if (theta <= 0) {
      throw new BadCheckpointException(file, "rope_theta is " + theta + ", it must be positive");
    }
    return new RopeParameters(type, theta, object);
  }

  private ObjectNode emptyObject() {
    return fields.objectNode();
  }

  private ConfigJson inner(String field, JsonNode node) {
    return new ConfigJson(file, prefix + field + ".", node.asObject());
  }

  private <T> List<T> elements(
      String field, String expected, Predicate<JsonNode> fits, Function<JsonNode, T> read) {
    List<T> elements = new ArrayList<>();
    for (JsonNode node : optionalList(field).orElse(List.of())) {
      if (!fits.test(node)) {
        throw unfit(field, expected, node);
      }
      elements.add(read.apply(node));
    }
    return List.copyOf(elements);
  }

  private <T> Optional<T> value(
      String field, String expected, Predicate<JsonNode> fits, Function<JsonNode, T> read) {
    Optional<JsonNode> found = find(field);
    if (found.isPresent() && !fits.test(found.get())) {
      throw unfit(field, expected, found.get());
    }
    return found.map(read);
  }

  private Optional<JsonNode> find(String field) {
    return Optional.ofNullable(fields.get(field)).filter(node -> !node.isNull());
  }

  private BadCheckpointException missing(String field) {
    return new BadCheckpointException(file, "lacks the field \"" + prefix + field + "\"");
  }

  private BadCheckpointException unfit(String field, String expected, JsonNode node) {
    return new BadCheckpointException(
        file,
        "field \"%s\" is %s, expected %s"
            .formatted(prefix + field, quoted(node.toString()), expected));
  }

  private static boolean isInt(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private static boolean isFinite(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.doubleValue());
  }
}
