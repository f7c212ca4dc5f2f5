package bessemer.conversion.job;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What an administrator decides about conversions.
///
/// @param home of the installation
/// @param root of the program, which holds `tools/reference/record.py`
/// @param threads that convert
/// @param shardBytes most bytes of tensors in one file of a result
/// @param memoryBytes must be available before a job begins
/// @param diskBytes must be left on the disk before a job begins
/// @param recordLimit after which PyTorch's recording of a reference is ended
@ConfigurationProperties("bessemer.conversion")
record ConversionSettings(
    Path home,
    @DefaultValue("") String root,
    @DefaultValue("0") int threads,
    @DefaultValue("5368709120") long shardBytes,
    @DefaultValue("1073741824") long memoryBytes,
    @DefaultValue("1073741824") long diskBytes,
    @DefaultValue("30m") Duration recordLimit) {
  ConversionSettings {
    if (shardBytes <= 0 || memoryBytes < 0 || diskBytes < 0 || threads < 0) {
      throw new IllegalArgumentException(
          "bessemer.conversion: shard-bytes %d, memory-bytes %d, disk-bytes %d, threads %d"
              .formatted(shardBytes, memoryBytes, diskBytes, threads));
    }
    threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /// Models of the catalogue, and those that are being made.
  Path catalogue() {
    return home.resolve("catalogue");
  }

  Path cache() {
    return home.resolve("cache");
  }
}
