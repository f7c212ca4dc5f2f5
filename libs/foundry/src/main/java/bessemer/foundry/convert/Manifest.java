package bessemer.foundry.convert;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Which shards are on the disk.
record Manifest(List<Done> shards) {
  Manifest {
    shards = List.copyOf(shards);
  }

  /// A finished file and its SHA-256 in lower-case hexadecimal digits.
  record Done(String file, long bytes, String sha256) {}

  Manifest with(Done done) {
    return new Manifest(Stream.concat(shards.stream(), Stream.of(done)).toList());
  }

  Manifest without(String file) {
    return new Manifest(shards.stream().filter(done -> !done.file().equals(file)).toList());
  }

  Optional<Done> find(String file) {
    return shards.stream().filter(done -> done.file().equals(file)).findFirst();
  }
}
