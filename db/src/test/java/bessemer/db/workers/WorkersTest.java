package bessemer.db.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import bessemer.db.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class WorkersTest {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private final JdbcClient sql = JdbcClient.create(DATABASE.dataSource());
  private final Workers workers = new Workers(DATABASE.dataSource());

  @BeforeEach
  void twoKeysAndNoWorkers() {
    sql.sql("delete from worker").update();
    sql.sql("delete from api_key").update();
    for (String key : List.of("mac", "other")) {
      sql.sql("insert into api_key (id, name, sha256, scopes) values (:id, :id, '', '{worker}')")
          .param("id", key)
          .update();
    }
  }

  @Test
  void aBeatIsReadBackAsItWasSent() {
    WorkerBeat beat = beat(3);

    assertThat(workers.beat("studio", "mac", beat)).isFalse();

    assertThat(workers.list()).singleElement().extracting(WorkerView::last).isEqualTo(beat);
    assertThat(workers.find("studio")).get().extracting(WorkerView::state).isEqualTo("ready");
    assertThat(workers.find("laptop")).isEmpty();
  }

  @Test
  void theNewestBeatCounts() {
    workers.beat("studio", "mac", beat(3));
    workers.beat("studio", "mac", beat(0));

    assertThat(workers.list()).singleElement().extracting(w -> w.last().busy()).isEqualTo(0);
  }

  @Test
  void anIdBelongsToTheKeyThatUsedItFirst() {
    workers.beat("studio", "mac", beat(0));

    assertThatThrownBy(() -> workers.beat("studio", "other", beat(9)))
        .isInstanceOf(WorkerTakenException.class)
        .hasMessageContaining("'studio' belongs to another key");
    assertThatThrownBy(() -> workers.beat("studio", null, beat(9)))
        .isInstanceOf(WorkerTakenException.class);
    assertThat(workers.list()).singleElement().extracting(w -> w.last().busy()).isEqualTo(0);
  }

  @Test
  void aWorkerWithTheDatabaseNeedsNoKeyAndKeepsItsId() {
    workers.beat("conversion", null, beat(0));
    workers.beat("conversion", null, beat(1));

    assertThatThrownBy(() -> workers.beat("conversion", "mac", beat(9)))
        .isInstanceOf(WorkerTakenException.class);
  }

  @Test
  void theIdOfARevokedOrExpiredKeyIsFree() {
    workers.beat("studio", "mac", beat(0));
    sql.sql("update api_key set revoked_at = now() where id = 'mac'").update();
    workers.beat("studio", "other", beat(1));
    sql.sql("update api_key set expires_at = now() - interval '1 second' where id = 'other'")
        .update();

    assertThat(workers.beat("studio", null, beat(2))).isFalse();
  }

  @Test
  void aWorkerThatIsSilentForThirtySecondsIsLostUntilItBeatsAgain() {
    workers.beat("studio", "mac", beat(0));
    silent("studio", "29 seconds");
    assertThat(workers.live()).hasSize(1);

    silent("studio", "31 seconds");
    assertThat(workers.live()).isEmpty();
    assertThat(workers.list()).extracting(WorkerView::state).containsExactly("lost");

    workers.beat("studio", "mac", beat(0));
    assertThat(workers.live()).extracting(WorkerView::state).containsExactly("ready");
  }

  @Test
  void aWorkerThatIsSilentForADayIsForgotten() {
    workers.beat("old", "mac", beat(0));
    silent("old", "25 hours");
    assertThat(workers.list()).isEmpty();

    workers.beat("studio", "mac", beat(0));

    assertThat(sql.sql("select id from worker").query(String.class).list())
        .containsExactly("studio");
  }

  @Test
  void aDrainingWorkerIsToldWithItsNextBeatAndStaysLive() {
    workers.beat("studio", "mac", beat(0));
    workers.drain("studio", true);

    assertThat(workers.beat("studio", "mac", beat(0))).isTrue();
    assertThat(workers.live()).extracting(WorkerView::state).containsExactly("draining");

    workers.drain("studio", false);
    assertThat(workers.beat("studio", "mac", beat(0))).isFalse();
  }

  @Test
  void whoIsNotThereCannotBeDrained() {
    assertThatThrownBy(() -> workers.drain("nobody", true))
        .isInstanceOf(UnknownWorkerException.class)
        .hasMessageContaining("no worker 'nobody'");
  }

  private void silent(String id, String interval) {
    sql.sql("update worker set last_seen = now() - :ago::interval where id = :id")
        .param("ago", interval)
        .param("id", id)
        .update();
  }

  private static WorkerBeat beat(int busy) {
    return new WorkerBeat(
        WorkerBeat.INFERENCE,
        "https://studio.local:8443",
        null,
        "ab".repeat(32),
        "0.1.0",
        List.of("mlx", "cpu"),
        List.of(new WorkerBeat.Loaded("qwen", "v1", 300)),
        busy,
        300,
        1000);
  }
}
