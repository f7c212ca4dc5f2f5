package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartTest {
  private static final Limits SMALL = new Limits(12_000, 1000, 2);
  private static final Precision FOUR =
      new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep());

  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void writeSource() throws IOException {
    source = TinyModel.llama(StoredType.BF16).write(folder.resolve("source"));
  }

  /// The process dies: nothing of ours may run after this.
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Dies after so many bytes.
  private static final class Dying extends Watch {
    private final long after;

    Dying(long after) {
      this.after = after;
    }

    @Override
    public void advance(long bytes) {
      super.advance(bytes);
      if (advanced > after) {
        throw new Crash();
      }
    }
  }

  private ConversionSpec spec(String name) {
    return new ConversionSpec(source, folder.resolve(name), FOUR).withLimits(SMALL);
  }

  private static Path convert(ConversionSpec spec, Progress progress) throws IOException {
    try (Conversion conversion = Conversion.open(spec, Disk.real(), progress)) {
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
    hashes.remove("README.md"); // has the name of the output
    return hashes;
  }

  private Path workspace(String name) {
    return Workspace.directoryFor(folder.resolve(name));
  }

  @Test
  void continuesAtTheShardThatFailedAndEndsWithTheSameBytes() throws IOException {
    var whole = new Watch();
    Map<String, String> undisturbed = hashes(convert(spec("whole"), whole));
    Plan plan;
    try (SourceModel model = SourceModel.open(source)) {
      plan = new Planner(model, spec("any")).plan();
    }
    assertThat(plan.shards()).hasSizeGreaterThan(5);

    long before = 0;
    for (int shard = 0; shard < plan.shards().size(); shard++) {
      String name = "out" + shard;
      long at = before;
      assertThatThrownBy(() -> convert(spec(name), new Dying(at))).isInstanceOf(Crash.class);
      assertThat(folder.resolve(name)).doesNotExist();
      assertThat(workspace(name)).isDirectory();

      var second = new Watch();
      Path output = convert(spec(name), second);

      assertThat(second.total).isEqualTo(whole.total - before);
      assertThat(second.advanced).isEqualTo(second.total);
      assertThat(hashes(output)).isEqualTo(undisturbed);
      assertThat(workspace(name)).doesNotExist();
      before += plan.shards().get(shard).sourceBytes();
    }
  }

  @Test
  void doesNotTrustAShardThatChanged() throws IOException {
    long last = source.resolve("model.safetensors").toFile().length() - 20_000;
    assertThatThrownBy(() -> convert(spec("out"), new Dying(last))).isInstanceOf(Crash.class);
    Path shard;
    try (Stream<Path> files = Files.list(workspace("out").resolve("model"))) {
      shard = files.filter(file -> file.toString().endsWith("tensors")).sorted().findFirst().get();
    }
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);

    Path output = convert(spec("out"), new Watch());

    assertThat(hashes(output)).isEqualTo(hashes(convert(spec("whole"), new Watch())));
  }

  @Test
  void startsAfreshWhenTheChoicesChange() throws IOException {
    assertThatThrownBy(() -> convert(spec("out"), new Dying(60_000))).isInstanceOf(Crash.class);
    var eight =
        new ConversionSpec(
                source,
                folder.resolve("out"),
                new Precision.Affine(Recipe.uniform(8, 32), new Precision.Keep()))
            .withLimits(SMALL);

    var watch = new Watch();
    convert(eight, watch);

    assertThat(watch.notes).anyMatch(note -> note.contains("afresh"));
  }

  @Test
  void bytesDoNotDependOnThreadsAndTiles() throws IOException {
    Map<String, String> one = hashes(convert(spec("a"), Progress.silent()));
    ConversionSpec other = spec("b").withLimits(new Limits(12_000, 64, 5));
    assertThat(hashes(convert(other, Progress.silent()))).isEqualTo(one);
  }

  @Test
  void refusesASecondConversionIntoTheSameDirectory() throws IOException {
    try (Conversion first = Conversion.open(spec("out"), Disk.real(), Progress.silent())) {
      assertThatThrownBy(() -> Conversion.open(spec("out"), Disk.real(), Progress.silent()))
          .isInstanceOf(BadRequestException.class)
          .hasMessageContaining("another conversion into")
          .hasMessageContaining("is running");
      first.convertShards();
      first.assemble();
      first.settle(Lineage.State.UNPROVEN);
    }
    assertThat(folder.resolve("out/model.safetensors.index.json")).exists();
  }

  @Test
  void refusesAnOutputThatExists() throws IOException {
    convert(spec("out"), Progress.silent());
    assertThatThrownBy(() -> convert(spec("out"), Progress.silent()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("exists");
    assertThat(workspace("out")).doesNotExist();
  }

  @Test
  void replacesOnlyResultsOfConversions() throws IOException {
    convert(spec("out"), Progress.silent());
    Files.writeString(folder.resolve("out/mark"), "old");

    convert(spec("out").replacing(), Progress.silent());

    assertThat(folder.resolve("out/mark")).doesNotExist();
    assertThat(workspace("out")).doesNotExist();
    Path precious = Files.createDirectories(folder.resolve("precious"));
    Files.writeString(precious.resolve("thesis.txt"), "…");
    assertThatThrownBy(() -> convert(spec("precious").replacing(), Progress.silent()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("will not be replaced");
    assertThat(precious.resolve("thesis.txt")).exists();
  }
}
