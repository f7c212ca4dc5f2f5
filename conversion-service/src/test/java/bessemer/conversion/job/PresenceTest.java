package bessemer.conversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.WorkerView;
import bessemer.db.TestDatabase;
import bessemer.db.workers.Presence;
import bessemer.db.workers.Workers;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.mock.env.MockEnvironment;

class PresenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
  private final MockEnvironment environment =
      new MockEnvironment().withProperty("local.management.port", "9081");

  @Test
  void theRegistryKnowsTheWorkerAndItsWordReachesTheWork() throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      var workers = new Workers(database.dataSource());
      var work = new Presence.Work(() -> 1, told::add);
      try (var presence =
          new Presence(
              new Presence.Self("conversion-a", "conversion", "1"),
              workers,
              work,
              Duration.ofMillis(50),
              environment)) {
        presence.start();

        WorkerView seen = seen(workers);
        assertThat(seen.id()).isEqualTo("conversion-a");
        assertThat(seen.state()).isEqualTo("ready");
        assertThat(seen.last().kind()).isEqualTo("conversion");
        assertThat(seen.last().busy()).isEqualTo(1);
        assertThat(seen.last().managementUrl()).isEqualTo("http://127.0.0.1:9081");
        assertThat(told).isEmpty();

        workers.drain("conversion-a", true);
        assertThat(told.poll(60, TimeUnit.SECONDS)).isFalse();
        workers.drain("conversion-a", false);
        assertThat(told.poll(60, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static WorkerView seen(Workers workers) {
    return Awaitility.await()
        .alias("nobody registered")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(workers::live, live -> !live.isEmpty())
        .getFirst();
  }
}
