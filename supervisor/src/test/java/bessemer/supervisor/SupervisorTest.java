package bessemer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.supervisor.process.Leftovers;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class SupervisorTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Listen ANY = Listen.of("127.0.0.1", 0);

  @TempDir Path folder;

  @AfterEach
  void nothingStaysBehind() throws Exception {
    for (String home : List.of("one", "two")) {
      Startup startup = startup(home);
      startup.running().ifPresent(cluster -> cluster.running().ifPresent(ProcessHandle::destroy));
      await(() -> startup.running().isEmpty());
    }
  }

  private Startup startup(String home, String... parts) {
    Path directory = folder.resolve(home);
    var installation = new Installation(directory, Path.of("."));
    return new Startup(installation, _ -> FakeCluster.command(directory, List.of(parts)));
  }

  private List<String> journal() throws IOException {
    return Files.readAllLines(folder.resolve("one/journal"));
  }

  @Test
  void startsInOrderStopsInReverseAndSaysSo() throws Exception {
    Startup startup = startup("one", "a", "b");
    List<PartState> told = new ArrayList<>();
    Startup.Outcome up = startup.up(ANY, LIMIT, told::add);
    assertThat(up.already()).isFalse();
    assertThat(up.cluster().phase()).isEqualTo(Cluster.Phase.UP);
    assertThat(told).extracting(PartState::phase).contains(PartState.Phase.READY);
    assertThat(journal()).containsExactly("start a", "start b");
    assertThat(Files.getPosixFilePermissions(folder.resolve("one/cluster.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));

    Startup.Outcome again = startup.up(ANY, LIMIT, told::add);
    assertThat(again.already()).isTrue();
    assertThat(again.cluster().supervisor()).isEqualTo(up.cluster().supervisor());

    assertThat(startup.down(LIMIT)).isPresent();
    assertThat(journal()).containsExactly("start a", "start b", "end b", "end a");
    assertThat(startup.running()).isEmpty();
    assertThat(startup.down(LIMIT)).isEmpty();
    assertThat(folder.resolve("one/logs/a.log")).content().contains("a says hello");
  }

  @Test
  void aKilledServiceIsStartedAgain() throws Exception {
    Startup startup = startup("one", "a");
    ProcessMark first = part(startup.up(ANY, LIMIT, _ -> {}).cluster(), "a").process();
    first.alive().orElseThrow().destroyForcibly();
    await(() -> {
      PartState now = part(startup.running().orElseThrow(), "a");
      return now.phase() == PartState.Phase.READY && !first.equals(now.process());
    });
    assertThat(part(startup.running().orElseThrow(), "a").restarts()).isEqualTo(1);
  }

  @Test
  void theServicesEndWhenTheSupervisorIsKilled() throws Exception {
    Startup startup = startup("one", "a", "b");
    Cluster cluster = startup.up(ANY, LIMIT, _ -> {}).cluster();
    cluster.running().orElseThrow().destroyForcibly();
    for (String name : List.of("a", "b")) {
      await(() -> part(cluster, name).process().alive().isEmpty());
    }
    assertThat(journal()).contains("end a", "end b"); // asked, not killed
    assertThat(startup.running()).isEmpty();
    assertThat(startup.up(ANY, LIMIT, _ -> {}).already()).isFalse();
  }

  @Test
  void whatOutlivedAKilledSupervisorIsEndedByTheNext() throws Exception {
    Startup startup = startup("one", "deaf");
    Cluster cluster = startup.up(ANY, LIMIT, _ -> {}).cluster();
    assertThat(part(cluster, "deaf").process().alive()).isPresent();
    cluster.running().orElseThrow().destroyForcibly();
    Leftovers.ended(cluster.supervisor(), LIMIT);
    Cluster next = startup.up(ANY, LIMIT, _ -> {}).cluster();
    assertThat(part(cluster, "deaf").process().alive()).isEmpty();
    assertThat(part(next, "deaf").process()).isNotEqualTo(part(cluster, "deaf").process());
  }

  @Test
  void twoStartsAtOnceAreOne() throws Exception {
    Startup startup = startup("one", "a");
    try (var threads = Executors.newFixedThreadPool(2)) {
      Callable<Startup.Outcome> up = () -> startup("one", "a").up(ANY, LIMIT, _ -> {});
      List<Future<Startup.Outcome>> both = threads.invokeAll(List.of(up, up));
      assertThat(both.getFirst().get().cluster().supervisor())
          .isEqualTo(both.getLast().get().cluster().supervisor());
    }
    startup.down(LIMIT);
    assertThat(journal()).containsExactly("start a", "end a");
  }

  @Test
  void twoInstallationsDoNotMeet() throws Exception {
    Cluster one = startup("one", "a").up(ANY, LIMIT, _ -> {}).cluster();
    Cluster two = startup("two", "a").up(ANY, LIMIT, _ -> {}).cluster();
    assertThat(one.ports().get("a.management")).isNotEqualTo(two.ports().get("a.management"));
    startup("one", "a").down(LIMIT);
    assertThat(two.running()).isPresent();
    assertThat(part(two, "a").process().alive()).isPresent();
    startup("one", "a").up(ANY, LIMIT, _ -> {});
    assertThat(startup("one").running().orElseThrow().ports()).isEqualTo(one.ports());
  }

  @Test
  void aPartThatDoesNotComeUpIsNamedWithItsLastWords() throws Exception {
    Startup startup = startup("one", "a", "broken", "c");
    assertThatThrownBy(() -> startup.up(ANY, LIMIT, _ -> {}))
        .isInstanceOf(SupervisorException.class)
        .hasMessageContaining("broken ended with code 5")
        .hasMessageContaining("broken.log")
        .hasMessageContaining("the reason is here");
    assertThat(startup.running()).isEmpty();
    assertThat(journal()).containsExactly("start a", "end a"); // nothing half is left running
  }

  private static PartState part(Cluster cluster, String name) {
    return cluster.part(name).orElseThrow();
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(LIMIT).until(condition);
  }
}
