package bessemer.evaluation.job;

import bessemer.db.work.Lease;
import bessemer.db.work.Shard;
import bessemer.evaluation.EvaluationFolders;
import bessemer.foundry.FileHash;
import bessemer.foundry.evaluate.Translated;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// The chunks that are translated, each a file that the job's manifest names. An attempt goes on
/// with those of earlier ones where they lie.
final class ChunkFiles {
  private final Lease lease;
  private final EvaluationFolders folders;
  private final String attempt;
  private final String plan;
  private final Map<String, Path> finished = new HashMap<>();

  /// @param plan what the work consists of: chunks of another plan are none of ours
  ChunkFiles(Lease lease, EvaluationFolders folders, String plan) throws IOException {
    this.lease = lease;
    this.folders = folders;
    this.attempt = EvaluationFolders.name(lease.job(), lease.epoch());
    this.plan = plan;
    for (Shard shard : lease.shards(plan)) {
      Path file = folders.chunks(shard.path()).resolve(shard.file());
      if (Files.exists(file) && FileHash.sha256(file).equals(shard.sha256())) {
        finished.put(shard.file(), file);
      }
    }
  }

  boolean has(Piece piece) {
    return finished.containsKey(piece.file());
  }

  Translated read(Piece piece) throws IOException {
    return Translated.read(Objects.requireNonNull(finished.get(piece.file()), piece.file()));
  }

  /// On the disk first, then in the manifest, which takes it only from the attempt that holds the
  /// claim.
  void add(Piece piece, Translated translated) throws IOException {
    byte[] bytes = translated.json().getBytes(StandardCharsets.UTF_8);
    Path folder = Files.createDirectories(folders.chunks(attempt));
    Path file = folder.resolve(piece.file());
    Path partial = folder.resolve(piece.file() + ".partial");
    Files.write(partial, bytes);
    OnDisk.force(partial);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    OnDisk.force(folder);
    lease.add(plan, new Shard(piece.file(), attempt, bytes.length, FileHash.sha256(bytes)));
    finished.put(piece.file(), file);
  }
}
