package bessemer.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class KeeperTest {
  @TempDir Path folder;

  private final BlockingQueue<PartState> states = new LinkedBlockingQueue<>();
  private RotatingLog log;

  @BeforeEach
  void open() throws IOException {
    log = new RotatingLog(folder.resolve("part.log"));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void startsACrashedProcessAgainAfterPausesThatDoubleUpToThirtySeconds() throws Exception {
    BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();
    Keeper keeper = keeper(script("echo last words; exit 3", Part.Signal.TERM), pauses, 7).start();

    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      assertThat(pauses.poll(30, TimeUnit.SECONDS)).isEqualTo(Duration.ofSeconds(seconds));
    }
    assertThat(keeper.state().phase()).isEqualTo(PartState.Phase.WAITING);
    assertThat(keeper.state().note()).isEqualTo("ended with code 3; again in 30 s");
    assertThat(keeper.state().restarts()).isEqualTo(6);
    keeper.stop();
    assertThat(keeper.state().phase()).isEqualTo(PartState.Phase.STOPPED);
    assertThat(Files.readAllLines(folder.resolve("part.log")))
        .startsWith("last words", "part ended with code 3; again in 1 s", "last words");
  }

  @Test
  void aProcessIsReadyWhenItSaysSo() throws Exception {
    Path sign = folder.resolve("sign");
    Part part =
        new Part(
            "part",
            List.of("/bin/sh", "-c", "sleep 100"),
            Map.of(),
            Part.Signal.TERM,
            _ -> Files.exists(sign),
            Map.of());
    Keeper keeper = keeper(part, new LinkedBlockingQueue<>(), 0).start();
    PartState starting = states.poll(30, TimeUnit.SECONDS);
    assertThat(starting.phase()).isEqualTo(PartState.Phase.STARTING);
    assertThat(keeper.state().phase()).isEqualTo(PartState.Phase.STARTING);
    Files.createFile(sign);
    PartState ready = states.poll(30, TimeUnit.SECONDS);
    assertThat(ready.phase()).isEqualTo(PartState.Phase.READY);
    assertThat(ready.process()).isEqualTo(starting.process());
    keeper.stop();
  }

  @Test
  void stopsWithTheSignalThatThePartWants() throws Exception {
    String script = "trap 'echo interrupted; exit 0' INT; echo on; while :; do sleep 0.05; done";
    Keeper keeper = keeper(script(script, Part.Signal.INT), new LinkedBlockingQueue<>(), 0).start();
    awaitLine("on");
    ProcessMark process = keeper.state().process();
    keeper.stop();
    assertThat(process.alive()).isEmpty();
    assertThat(Files.readAllLines(folder.resolve("part.log"))).containsExactly("on", "interrupted");
  }

  @Test
  void killsAProcessThatDoesNotStop() throws Exception {
    String script = "trap '' TERM; echo on; while :; do sleep 0.05; done";
    Keeper keeper =
        keeper(script(script, Part.Signal.TERM), new LinkedBlockingQueue<>(), 0).start();
    awaitLine("on");
    ProcessMark process = keeper.state().process();
    keeper.stop();
    assertThat(process.alive()).isEmpty();
    assertThat(keeper.state().phase()).isEqualTo(PartState.Phase.STOPPED);
  }

  @Test
  void aProgramThatDoesNotExistIsReported() throws Exception {
    Part part =
        new Part("part", List.of("/nowhere/x"), Map.of(), Part.Signal.TERM, _ -> false, Map.of());
    BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();
    Keeper keeper = keeper(part, pauses, 1).start();
    pauses.poll(30, TimeUnit.SECONDS);
    assertThat(keeper.state().note()).startsWith("ended with code 127");
    keeper.stop();
  }

  private static Part script(String script, Part.Signal stop) {
    List<String> command = List.of("/bin/sh", "-c", script);
    return new Part("part", command, Map.of(), stop, _ -> false, Map.of());
  }

  /// Pauses pass at once, as many as allowed; the next lasts until the keeper is stopped.
  private Keeper keeper(Part part, BlockingQueue<Duration> pauses, int allowed) {
    var endless = new CountDownLatch(1);
    Time time =
        new Time() {
          private int passed;

          @Override
          public long nanos() {
            return 0;
          }

          @Override
          public void pause(Duration duration) throws InterruptedException {
            pauses.add(duration);
            passed++;
            if (passed >= allowed) {
              endless.await();
            }
          }
        };
    return new Keeper(part, log, new Keeper.Rules(time, Duration.ofSeconds(2), states::add));
  }

  private void awaitLine(String line) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.readAllLines(folder.resolve("part.log")).contains(line));
  }
}
