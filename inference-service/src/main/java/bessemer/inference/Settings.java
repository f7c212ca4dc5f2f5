package bessemer.inference;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// The service's own settings, under `bessemer` in `application.yaml`.
///
/// @param memoryBudget bytes with an optional unit (`6g`); empty for a share of the machine
/// @param threads 0 for all processors
/// @param inference how a model generates
@ConfigurationProperties("bessemer")
record Settings(
    Path home,
    Path keys,
    URI gatewayUrl,
    Path workerKeyFile,
    String memoryBudget,
    int threads,
    int queue,
    Duration memoryPatience,
    boolean allowRejected,
    String serve,
    Inference inference) {

  /// How models are computed.
  ///
  /// @param strict every product in full fp32
  /// @param maxBatch texts of one model that are generated together
  /// @param positions of all sequences of a model, before ended ones are forgotten
  /// @param kv the elements of keys and values; null where the backend chooses
  record Inference(
      BackendName backend, boolean strict, int maxBatch, int positions, @Nullable KvType kv) {
    Inference {
      require(maxBatch >= 1, "BESSEMER_INFERENCE_MAX_BATCH", maxBatch, "at least 1");
      require(positions >= 0, "BESSEMER_INFERENCE_POSITIONS", positions, "0 or more");
    }
  }

  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(?:([kmgt])(?:i?b)?|b)?");
  private static final double SHARE = 0.6;
  private static final long RESERVE = 512L << 20;

  Settings {
    require(threads >= 0, "BESSEMER_THREADS", threads, "0 or more");
    require(queue >= 1, "BESSEMER_QUEUE", queue, "at least 1");
    require(
        !memoryPatience.isNegative() && !memoryPatience.isZero(),
        "BESSEMER_MEMORY_PATIENCE",
        memoryPatience,
        "above 0");
  }

  private static void require(boolean held, String name, Object value, String allowed) {
    if (!held) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + allowed);
    }
  }

  EngineChoice engines() {
    int computing = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    return new EngineChoice(inference.backend(), computing, inference.strict());
  }

  Path cache() {
    return home.resolve("cache");
  }

  Path catalogue() {
    return home.resolve("catalogue");
  }

  /// What the weights of all models in memory may take.
  long budgetBytes() {
    return memoryBudget.isBlank() ? shareOf(machineBytes()) : parse(memoryBudget);
  }

  static long shareOf(long machineBytes) {
    return Math.max(RESERVE, (long) (SHARE * machineBytes) - RESERVE);
  }

  /// Of the container, where there is one.
  private static long machineBytes() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getTotalMemorySize();
  }

  static long parse(String size) {
    Matcher parts = SIZE.matcher(size.strip().toLowerCase(Locale.ROOT));
    require(parts.matches(), "BESSEMER_MEMORY_BUDGET", size, "a number of bytes, or such as 6g");
    String unit = parts.group(2);
    int shift = unit == null ? 0 : 10 * (1 + "kmgt".indexOf(unit));
    return Math.multiplyExact(Long.parseLong(parts.group(1)), 1L << shift);
  }
}
