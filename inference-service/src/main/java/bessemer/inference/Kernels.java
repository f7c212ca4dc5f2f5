package bessemer.inference;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.mlx.MlxStatus;
import bessemer.tensor.mlx.MlxStatus.Memory;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.Locale;
import java.util.function.ToLongFunction;

/// What Prometheus learns of the backend.
record Kernels(EngineChoice choice, long budgetBytes) {
  /// @throws bessemer.tensor.backends.NoBackendException if MLX was chosen and there is none that
  ///   fits
  void watch(MeterRegistry registry) {
    BackendName backend = choice.backend().resolved();
    Gauge.builder("bessemer.kernels.info", () -> 1)
        .tag("backend", backend.name().toLowerCase(Locale.ROOT))
        .tag("kernels", choice.describe())
        .strongReference(true)
        .register(registry);
    if (backend == BackendName.MLX) {
      MlxStatus.limit(budgetBytes);
      memory(registry, "active", Memory::active);
      memory(registry, "peak", Memory::peak);
      memory(registry, "cache", Memory::cache);
      memory(registry, "limit", Memory::limit);
    }
  }

  private static void memory(MeterRegistry registry, String kind, ToLongFunction<Memory> bytes) {
    Gauge.builder("bessemer.mlx.memory", () -> bytes.applyAsLong(MlxStatus.memory()))
        .tag("kind", kind)
        .baseUnit(BaseUnits.BYTES)
        .strongReference(true)
        .register(registry);
  }
}
