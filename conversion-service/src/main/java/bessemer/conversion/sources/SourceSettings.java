package bessemer.conversion.sources;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Limits of what is uploaded, below `bessemer.sources`.
///
/// @param maxBytes that one source or reference may declare, of all files
/// @param keepFree bytes of the disk that no upload may take
/// @param linkFrom files on this machine of at least this size are linked, smaller ones copied
/// @param silence an upload that sends nothing for so long is given up
/// @param turn how long an upload waits for another one of the same file, which may be the broken
///   connection of the same client
/// @param abandonedAfter an incomplete source of this age is removed
@ConfigurationProperties("bessemer.sources")
public record SourceSettings(
    @DefaultValue("4TB") DataSize maxBytes,
    @DefaultValue("1GB") DataSize keepFree,
    @DefaultValue("64MB") DataSize linkFrom,
    @DefaultValue("60s") Duration silence,
    @DefaultValue("5s") Duration turn,
    @DefaultValue("7d") Duration abandonedAfter) {
  public SourceSettings {
    if (maxBytes.toBytes() < 1 || keepFree.isNegative() || linkFrom.isNegative()) {
      throw new IllegalArgumentException(
          "bessemer.sources: max-bytes must be at least 1, keep-free and link-from at least 0; are "
              + "%s, %s and %s".formatted(maxBytes, keepFree, linkFrom));
    }
    if (!silence.isPositive() || turn.isNegative() || abandonedAfter.isNegative()) {
      throw new IllegalArgumentException(
          "bessemer.sources: silence must be longer than none, turn and abandoned-after not"
              + " negative; are %s, %s and %s".formatted(silence, turn, abandonedAfter));
    }
  }
}
