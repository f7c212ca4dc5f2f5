package bessemer.evaluation.job;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What an administrator decides about evaluations.
///
/// @param home of the installation
/// @param threads that compute
/// @param memoryBytes must be available, beside the largest model, before a job begins
/// @param diskBytes must be left on the disk before a job begins
/// @param corpusBytes the longest file of a corpus
/// @param chunk lines that are translated, written and committed together
/// @param backend that computes
/// @param strict whether activations stay floats where weights are quantized
@ConfigurationProperties("bessemer.evaluation")
record EvaluationSettings(
    Path home,
    @DefaultValue("0") int threads,
    @DefaultValue("1073741824") long memoryBytes,
    @DefaultValue("1073741824") long diskBytes,
    @DefaultValue("67108864") long corpusBytes,
    @DefaultValue("64") int chunk,
    @DefaultValue("auto") BackendName backend,
    @DefaultValue("false") boolean strict) {
  EvaluationSettings {
    if (memoryBytes < 0 || diskBytes < 0 || threads < 0 || corpusBytes < 1 || chunk < 1) {
      throw new IllegalArgumentException(
          "bessemer.evaluation: memory-bytes %d, disk-bytes %d, threads %d, corpus-bytes %d, chunk %d"
              .formatted(memoryBytes, diskBytes, threads, corpusBytes, chunk));
    }
    threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /// Models of the catalogue.
  Path catalogue() {
    return home.resolve("catalogue");
  }

  /// Registered sources.
  Path sources() {
    return home.resolve("sources");
  }

  Path cache() {
    return home.resolve("cache");
  }

  EngineChoice engines() {
    return new EngineChoice(backend, threads, strict);
  }
}
