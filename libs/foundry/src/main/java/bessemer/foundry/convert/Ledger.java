package bessemer.foundry.convert;

import java.nio.file.Path;
import java.util.List;

/// Remembers finished shards beyond one workspace: several attempts, each with a workspace of its
/// own, make one result, and what an earlier one finished is adopted by the next.
public interface Ledger {
  /// A file that is on the disk, forced.
  ///
  /// @param path where it lies now
  /// @param sha256 in lower-case hexadecimal digits
  record Finished(String file, Path path, long bytes, String sha256) {}

  /// What attempts with this plan finished; files that are gone may be among them.
  List<Finished> finished(String planSha256);

  /// Called once for each shard that this attempt finishes, before the next one begins.
  ///
  /// @throws RuntimeException if this attempt must not go on: the conversion ends with it
  void record(String planSha256, Finished shard);

  /// One workspace is all there is.
  static Ledger none() {
    return new Ledger() {
      @Override
      public List<Finished> finished(String planSha256) {
        return List.of();
      }

      @Override
      public void record(String planSha256, Finished shard) {}
    };
  }
}
