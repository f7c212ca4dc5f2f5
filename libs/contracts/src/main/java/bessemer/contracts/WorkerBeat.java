package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The body of `PUT /api/v1/workers/{id}`: a worker says every few seconds that it is there.
///
/// @param kind `inference`, `conversion` or `evaluation`
/// @param url where the gateway reaches it; null if it only claims jobs
/// @param managementUrl where Prometheus scrapes it
/// @param fingerprint SHA-256 of its certificate in hexadecimal digits, when `url` is https
/// @param capabilities such as `cpu` and `mlx`
/// @param models that are loaded now
/// @param busy requests or jobs that run and wait
/// @param memoryBytes what loaded models take, of `memoryBudgetBytes`
public record WorkerBeat(
    String kind,
    @Nullable String url,
    @JsonProperty("management_url") @Nullable String managementUrl,
    @Nullable String fingerprint,
    String version,
    List<String> capabilities,
    List<Loaded> models,
    int busy,
    @JsonProperty("memory_bytes") long memoryBytes,
    @JsonProperty("memory_budget_bytes") long memoryBudgetBytes) {
  public static final String INFERENCE = "inference";
  public static final String CONVERSION = "conversion";
  public static final String EVALUATION = "evaluation";
  private static final Set<String> KINDS = Set.of(INFERENCE, CONVERSION, EVALUATION);
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  public WorkerBeat {
    if (!KINDS.contains(given("kind", kind))) {
      throw new InvalidFieldException(
          "kind", "'%s' is none of inference, conversion and evaluation".formatted(kind));
    }
    given("version", version);
    capabilities = List.copyOf(given("capabilities", capabilities));
    models = List.copyOf(given("models", models));
    if (fingerprint != null && !SHA256.matcher(fingerprint).matches()) {
      throw new InvalidFieldException(
          "fingerprint", "'%s' is not 64 digits of 0-9 and a-f".formatted(fingerprint));
    }
    notNegative("busy", busy);
    notNegative("memory_bytes", memoryBytes);
    notNegative("memory_budget_bytes", memoryBudgetBytes);
  }

  /// A model in memory.
  public record Loaded(String name, String version, long bytes) {
    public Loaded {
      given("models.name", name);
      given("models.version", version);
    }
  }

  /// Whether this model is in its memory.
  public boolean hasLoaded(String model) {
    return models.stream().anyMatch(loaded -> loaded.name().equals(model));
  }

  /// JSON can leave out what must not be null.
  private static <T> T given(String field, @Nullable T value) {
    if (value == null) {
      throw new InvalidFieldException(field, "is missing");
    }
    return value;
  }

  private static void notNegative(String field, long value) {
    if (value < 0) {
      throw new InvalidFieldException(field, "%d is below 0".formatted(value));
    }
  }
}
