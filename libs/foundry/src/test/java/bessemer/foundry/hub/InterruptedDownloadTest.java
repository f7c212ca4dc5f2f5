package bessemer.foundry.hub;

import static bessemer.foundry.hub.Scene.BLOB;
import static bessemer.foundry.hub.Scene.FILE;
import static bessemer.foundry.hub.Scene.SOURCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What happens when connection, hub or disk fail in the middle.
class InterruptedDownloadTest {
  @TempDir Path cache;
  private final CountDownLatch end = new CountDownLatch(1);
  private Scene scene;
  private FakeHub hub;
  private byte[] weights;

  @BeforeEach
  void aRepositoryWithOneLargeFile() throws Exception {
    scene = new Scene(cache);
    hub = scene.hub;
    weights = scene.weights;
  }

  @AfterEach
  void stop() {
    end.countDown();
    scene.close();
  }

  /// An alarm that rings when the test says so, for the read that waits or else the next one.
  private static final class Bell implements Alarm {
    final List<Duration> delays = new ArrayList<>();
    private @Nullable Runnable waiting;
    private boolean rung;

    @Override
    public synchronized Runnable set(Duration delay, Runnable action) {
      delays.add(delay);
      waiting = action;
      if (rung) {
        ring();
      }
      return this::off;
    }

    private synchronized void off() {
      waiting = null;
    }

    synchronized void ring() {
      rung = waiting == null;
      if (waiting != null) {
        waiting.run();
      }
    }
  }

  private void untilTheEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private FakeHub.Reply silentAfter(int bytes, Bell bell) {
    return FakeHub.cut(
        weights,
        bytes,
        () -> {
          bell.ring();
          untilTheEnd();
        });
  }

  @Test
  @Timeout(60)
  void resumesWhenTheBodyGoesSilent() throws Exception {
    var bell = new Bell();
    scene.alarm = bell;
    hub.once(BLOB, silentAfter(100_000, bell));
    assertThat(scene.fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(scene.slept).containsExactly(Duration.ofSeconds(1));
    assertThat(bell.delays).containsOnly(Duration.ofSeconds(42));
  }

  @Test
  @Timeout(60)
  void givesUpAHubThatStaysSilent() {
    var bell = new Bell();
    scene.alarm = bell;
    hub.on(BLOB, silentAfter(0, bell));
    scene.fails(Kind.TOO_MANY_RETRIES, "failed 3 times in a row, last: no byte came for 42 s");
  }

  @Test
  void resumesAConnectionThatWasCut() throws Exception {
    hub.once(BLOB, FakeHub.cut(weights, 100_000, () -> scene.told.await(100_000)));
    assertThat(scene.fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(hub.seen.getLast().range()).isEqualTo("bytes=100000-");
    assertThat(scene.slept).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void countsOnlyFailuresWithoutAByteMore() throws Exception {
    for (int arrived = 30_000; arrived < 200_000; arrived += 30_000) {
      int upTo = arrived;
      hub.once(BLOB, FakeHub.cutContinued(weights, upTo, () -> scene.told.await(upTo)));
    }
    assertThat(scene.fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(scene.slept).hasSize(6).containsOnly(Duration.ofSeconds(1));
  }

  @Test
  void givesUpAHubThatStartsAnewAndNeverGetsFurther() {
    hub.on(BLOB, FakeHub.cut(weights, 100_000, () -> scene.told.await(100_000)));
    scene.fails(Kind.TOO_MANY_RETRIES, "failed 3 times in a row");
    assertThat(scene.slept).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void waitsAsLongAsABusyHubAsks() throws Exception {
    hub.once(FILE, FakeHub.status(429, "Retry-After", "17"));
    hub.once(FILE, FakeHub.status(503));
    scene.fetch();
    assertThat(scene.slept).containsExactly(Duration.ofSeconds(17), Duration.ofSeconds(2));
  }

  @Test
  void givesUpAfterTheAllowedAttempts() {
    hub.on(FILE, FakeHub.status(500));
    scene.fails(Kind.TOO_MANY_RETRIES, "failed 3 times");
    assertThat(scene.slept).hasSize(2);
  }

  @Test
  void replacesAWrongPartAndOneThatIsTooLong() throws Exception {
    for (int length : new int[] {5, 200_000, 300_000}) {
      scene.part(length);
      Path file = scene.fetch().resolve("model.safetensors");
      assertThat(file).hasBinaryContent(weights);
      Files.delete(file);
    }
    assertThat(scene.told.notes).hasSize(3).allMatch(note -> note.endsWith("fetching it anew"));
  }

  @Test
  void startsAnewWhenTheRangeIsRefused() throws Exception {
    scene.part(5);
    hub.once(BLOB, FakeHub.status(416));
    assertThat(scene.fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(hub.seen.getLast().range()).isEmpty();
  }

  @Test
  void rejectsBytesWithAnotherDigestOrSizeAndKeepsNothing() throws Exception {
    byte[] other = weights.clone();
    other[9]++;
    hub.on(BLOB, FakeHub.bytes(other));
    scene.fails(Kind.CORRUPT, "the hub lists");
    hub.on(BLOB, FakeHub.bytes(new byte[200_001]));
    scene.fails(Kind.CORRUPT, "received 200001 bytes, the hub lists 200000");
    assertThat(scene.files()).isEmpty();
  }

  @Test
  void announcesWhatIsMissingAndCountsNoByteTwice() throws Exception {
    Files.write(scene.part(0), List.of("wrong"));
    hub.once(BLOB, FakeHub.cutContinued(weights, 100_000, () -> scene.told.await(99_994)));
    scene.fetch();
    assertThat(scene.told.total).isEqualTo(199_994);
    assertThat(scene.told.sum()).isEqualTo(199_994);
  }

  @Test
  void asksForRoomBeforeItDownloads() throws Exception {
    scene.free = 199_999;
    scene.fails(Kind.DISK_FULL, "needs 200000 more bytes");
    assertThat(hub.seen).noneMatch(s -> s.path().equals(FILE));
    scene.part(1);
    hub.on(BLOB, FakeHub.status(500));
    scene.fails(Kind.TOO_MANY_RETRIES, "500");
  }

  @Test
  void stopsAtOnceWhenTheDiskIsFullAndLeavesNothing() throws Exception {
    failsToWriteAfter(100_000, "No space left on device");
    scene.fails(Kind.DISK_FULL, "model.safetensors needs 200000 bytes");
    assertThat(scene.files()).isEmpty();
    assertThat(scene.slept).isEmpty();
  }

  @Test
  void doesNotTryAgainWhenTheDiskFails() throws Exception {
    failsToWriteAfter(100_000, "Input/output error");
    assertThatThrownBy(scene::fetch)
        .isInstanceOf(FileSystemException.class)
        .hasMessageEndingWith("model.safetensors.part: Input/output error");
    assertThat(scene.files()).containsExactly("model.safetensors.part");
    assertThat(scene.slept).isEmpty();
  }

  private void failsToWriteAfter(int most, String reason) {
    scene.writer =
        (out, bytes) -> {
          if (out.position() + bytes.remaining() > most) {
            throw new IOException(reason);
          }
          return out.write(bytes);
        };
  }

  @Test
  void endsWhenItsThreadIsInterruptedAndKeepsThePart() throws Exception {
    var interrupting =
        new Scene.Told() {
          @Override
          public synchronized void advance(long bytes) {
            Thread.currentThread().interrupt();
          }
        };
    assertThatThrownBy(() -> scene.client().fetch(SOURCE, interrupting))
        .isInstanceOf(InterruptedException.class);
    assertThat(scene.files()).containsExactly("model.safetensors.part");
    assertThat(scene.slept).isEmpty();
  }

  @Test
  void tellsASecondDownloadOfTheSnapshotThatItIsBusy() throws Exception {
    var second =
        new Scene.Told() {
          int refused;

          @Override
          public synchronized void advance(long bytes) {
            scene.fails(Kind.BUSY, "is being downloaded already");
            refused++;
          }
        };
    scene.client().fetch(SOURCE, second);
    assertThat(second.refused).isPositive();
  }
}
