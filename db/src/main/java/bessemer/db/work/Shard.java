package bessemer.db.work;

/// A line of a job's manifest: a file that an attempt finished and forced to the disk.
///
/// @param path where it lies, below the folder of all work
public record Shard(String file, String path, long bytes, String sha256) {}
