package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attempts with workspaces of their own that share a ledger.
class LedgerTest {
  private static final Limits SMALL = new Limits(12_000, 1000, 2);
  private static final Precision FOUR =
      new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());

  @TempDir Path folder;
  private Path source;
  private final Book book = new Book();

  @BeforeEach
  void writeSource() throws IOException {
    source = TinyModel.llama(StoredType.BF16).write(folder.resolve("source"));
  }

  /// Remembers in memory; ends an attempt after so many shards.
  private static final class Book implements Ledger {
    final List<Finished> finished = new ArrayList<>();
    String plan = "";
    int left = Integer.MAX_VALUE;

    @Override
    public List<Finished> finished(String planSha256) {
      return planSha256.equals(plan) ? List.copyOf(finished) : List.of();
    }

    @Override
    public void record(String planSha256, Finished shard) {
      if (left-- == 0) {
        throw new IllegalStateException("fenced");
      }
      plan = planSha256;
      finished.removeIf(old -> old.file().equals(shard.file()));
      finished.add(shard);
    }
  }

  private Path attempt(String output, Precision precision) throws IOException {
    var spec =
        new ConversionSpec(
            source,
            folder.resolve(output),
            "tiny",
            precision,
            Origin.directory("tiny"),
            SMALL,
            false);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), book, new Watch())) {
      conversion.convertShards();
      conversion.assemble();
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  private static Map<String, String> hashes(Path directory) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        hashes.put(String.valueOf(file.getFileName()), FileHash.sha256(file));
      }
    }
    return hashes;
  }

  @Test
  void theNextAttemptAdoptsWhatTheLastOneFinished() throws IOException {
    Map<String, String> undisturbed = hashes(attempt("whole", FOUR));
    int shards = book.finished.size();
    book.finished.clear();

    book.left = 3;
    assertThatThrownBy(() -> attempt("one", FOUR)).hasMessage("fenced");
    assertThat(book.finished).hasSize(3);
    List<Ledger.Finished> first = List.copyOf(book.finished);

    book.left = Integer.MAX_VALUE;
    Path output = attempt("two", FOUR);
    assertThat(book.finished).hasSize(shards).containsAll(first);
    assertThat(hashes(output)).isEqualTo(undisturbed);
  }

  @Test
  void whatChangedSinceIsConvertedAgain() throws IOException {
    book.left = 3;
    assertThatThrownBy(() -> attempt("one", FOUR)).hasMessage("fenced");
    Ledger.Finished damaged = book.finished.getFirst();
    byte[] bytes = Files.readAllBytes(damaged.path());
    bytes[bytes.length - 1] ^= 1;
    Files.write(damaged.path(), bytes);

    book.left = Integer.MAX_VALUE;
    Path output = attempt("two", FOUR);
    assertThat(FileHash.sha256(output.resolve(damaged.file()))).isEqualTo(damaged.sha256());
    assertThat(Files.readAllBytes(damaged.path())).isEqualTo(bytes);
  }
}
