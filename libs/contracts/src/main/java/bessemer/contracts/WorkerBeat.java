package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of `PUT /api/v1/workers/{id}`: a worker says every few seconds that it is there.
///
/// @param kind `inference` or `conversion`
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

  /// A model in memory.
  public record Loaded(String name, String version, long bytes) {}
}
