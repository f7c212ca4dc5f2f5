package bessemer.db.jobs;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobRequest;
import bessemer.contracts.JobSpec;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// Reads requests for jobs. Nothing is guessed: an unknown field, a number in quotes or a fraction
/// where a whole number belongs is an error that names the field.
public final class Specs {
  private static final Map<String, Class<? extends JobSpec>> KINDS =
      Map.of(ConvertSpec.KIND, ConvertSpec.class, EvalSpec.KIND, EvalSpec.class);
  private static final Set<String> FIELDS = Set.of("kind", "spec", "priority");

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              c -> {
                c.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                c.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                c.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private Specs() {}

  /// The body of `POST /api/v1/jobs`.
  ///
  /// @throws InvalidFieldException naming the first field that is wrong
  public static JobRequest request(JsonNode body) {
    if (!body.isObject()) {
      throw new InvalidFieldException("body", "must be an object with kind and spec");
    }
    for (String field : body.propertyNames()) {
      if (!FIELDS.contains(field)) {
        throw new InvalidFieldException(field, "is unknown; there are kind, spec and priority");
      }
    }
    JsonNode priority = body.path("priority");
    if (!priority.isMissingNode() && !priority.canConvertToInt()) {
      throw new InvalidFieldException("priority", "must be a whole number");
    }
    return new JobRequest(spec(body), priority.asInt(0));
  }

  private static JobSpec spec(JsonNode body) {
    JsonNode kind = body.path("kind");
    if (!kind.isString() || !KINDS.containsKey(kind.stringValue())) {
      throw new InvalidFieldException(
          "kind", "must be one of " + String.join(", ", KINDS.keySet().stream().sorted().toList()));
    }
    if (!body.path("spec").isObject()) {
      throw new InvalidFieldException("spec", "must be an object");
    }
    return read(kind.stringValue(), body.path("spec"));
  }

  /// A spec as it is stored.
  ///
  /// @throws InvalidFieldException naming the first field that is wrong
  static JobSpec read(String kind, JsonNode spec) {
    Class<? extends JobSpec> type = KINDS.get(kind);
    if (type == null) {
      throw new InvalidFieldException("kind", "'" + kind + "' is unknown to this version");
    }
    try {
      return STRICT.treeToValue(spec, type);
    } catch (DatabindException e) {
      throw named(e);
    }
  }

  public static JobSpec read(String kind, String spec) {
    return read(kind, STRICT.readTree(spec));
  }

  private static InvalidFieldException named(DatabindException failure) {
    if (failure.getCause() instanceof InvalidFieldException named) {
      return named;
    }
    String field =
        "spec" + failure.getPath().stream().map(Specs::segment).collect(Collectors.joining());
    String reason =
        failure instanceof UnrecognizedPropertyException unknown
            ? "is unknown; there are "
                + unknown.getKnownPropertyIds().stream()
                    .map(String::valueOf)
                    .sorted()
                    .collect(Collectors.joining(", "))
            : "has the wrong type: " + firstLine(failure);
    return new InvalidFieldException(field, reason);
  }

  private static String segment(JacksonException.Reference at) {
    return at.getPropertyName() == null ? "[" + at.getIndex() + "]" : "." + at.getPropertyName();
  }

  private static String firstLine(DatabindException failure) {
    return failure.getOriginalMessage().lines().findFirst().orElse("");
  }
}
