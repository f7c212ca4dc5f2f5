package bessemer.cli;

import bessemer.foundry.doctor.Check;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What `doctor` found, as it is printed in JSON.
///
/// @param healthy whether every check passed
/// @param kernels of the cpu backend, and why those
record Diagnosis(
    boolean healthy,
    String version,
    Machine machine,
    String kernels,
    Mlx mlx,
    Disk home,
    Cluster cluster,
    List<Backend> backends) {

  /// @param problem why it cannot be used, and what to do; null where it can
  record Mlx(
      @Nullable String problem,
      @Nullable String library,
      @Nullable String version,
      @Nullable String device,
      boolean metal,
      @Nullable Long memoryBytes,
      @Nullable Long recommendedBytes) {}

  record Disk(String directory, long freeBytes) {}

  /// @param state down, or the phase of what runs
  /// @param processes name to state, PostgreSQL among them
  record Cluster(String state, Map<String, String> processes) {
    Cluster {
      processes = new TreeMap<>(processes);
    }
  }

  /// @param kernels in a few words
  /// @param tokensPerSecond of the bundled model, decoded one by one; null if it did not run
  record Backend(
      String name,
      String kernels,
      List<Check> checks,
      @Nullable Double tokensPerSecond,
      double seconds) {}
}
