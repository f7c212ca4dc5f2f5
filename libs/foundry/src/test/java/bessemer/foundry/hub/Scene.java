package bessemer.foundry.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.Progress;
import bessemer.foundry.hub.HubException.Kind;
import java.net.InetAddress;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// A hub whose repository `org/m` has one large file behind a redirect, an empty cache, and
/// surroundings in which no time passes.
final class Scene implements AutoCloseable {
  static final String BLOB = "/blob?Signature=secret";
  static final String FILE = "/org/m/resolve/" + FakeHub.COMMIT + "/model.safetensors";
  static final HubSource SOURCE = HubSource.parse("hf:org/m");

  final FakeHub hub = new FakeHub();
  final List<Duration> slept = new ArrayList<>();
  final Told told = new Told();
  final byte[] weights = new byte[200_000];
  final Path cache;
  final Path directory;
  URI endpoint = hub.endpoint();
  boolean offline = false;
  long free = Long.MAX_VALUE;
  Alarm alarm = (_, _) -> () -> {};
  Resolver resolver = target -> List.of(InetAddress.getByName(target.getHost()));
  Surroundings.Writer writer = FileChannel::write;

  Scene(Path cache) throws Exception {
    this.cache = cache;
    directory = cache.resolve("hub/org--m").resolve(FakeHub.COMMIT);
    new Random(7).nextBytes(weights);
    hub.repository("[" + FakeHub.large("model.safetensors", weights) + "]");
    hub.on(FILE, FakeHub.status(302, "Location", hub.cdn(BLOB)));
    hub.on(BLOB, FakeHub.bytes(weights));
  }

  /// Counts what it is told; other threads can wait for a sum.
  static class Told implements Progress {
    final List<String> notes = new ArrayList<>();
    long total;
    private long sum;

    @Override
    public void step(String name) {}

    @Override
    public void total(long bytes) {
      total = bytes;
    }

    @Override
    public synchronized void advance(long bytes) {
      assertThat(bytes).isPositive();
      sum += bytes;
      notifyAll();
    }

    synchronized long sum() {
      return sum;
    }

    synchronized void await(long least) {
      try {
        while (sum < least) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void note(String line) {
      notes.add(line);
    }
  }

  HubClient client() {
    var settings =
        new HubSettings(
            endpoint,
            new HubToken("hf_secret"),
            Set.of("127.0.0.1", "cdn.example"),
            offline,
            3,
            Duration.ofSeconds(42));
    return new HubClient(
        settings, cache, new Surroundings(slept::add, alarm, resolver, _ -> free, writer));
  }

  Path fetch() throws Exception {
    return client().fetch(SOURCE, told);
  }

  Path part(int length) throws Exception {
    Path part = directory.resolve("model.safetensors.part");
    Files.createDirectories(directory);
    return Files.write(part, new byte[length]);
  }

  /// Files of the snapshot, partly downloaded ones too.
  List<String> files() throws Exception {
    try (var files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  void fails(Kind kind, String message) {
    assertThatThrownBy(this::fetch)
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message)
        .hasMessageNotContainingAny("secret", "sig=");
  }

  @Override
  public void close() {
    hub.close();
  }
}
