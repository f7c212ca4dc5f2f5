package bessemer.db.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.ConflictException;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.Page;
import bessemer.db.TestDatabase;
import bessemer.db.jobs.Jobs.Filter;
import bessemer.db.jobs.Jobs.Submission;
import bessemer.db.jobs.Jobs.Submitted;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class JobsTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final JdbcClient JDBC = JdbcClient.create(DATABASE.dataSource());

  private static final UUID SOURCE = new UUID(7, 1);
  private static final UUID HALF = new UUID(7, 2);

  private final Jobs jobs = new Jobs(DATABASE.dataSource(), Clock.systemUTC());

  @BeforeEach
  void empty() {
    JDBC.sql("delete from job").update();
    JDBC.sql("delete from scheduled_tasks").update();
    JDBC.sql("delete from model").update();
    JDBC.sql("delete from source").update();
    JDBC.sql(
            """
            insert into source (id, kind, name, sha256, complete)
            values (:id, 'source', 's', 'a', true), (:half, 'source', 'h', 'b', false)
            """)
        .param("id", SOURCE)
        .param("half", HALF)
        .update();
  }

  private static ConvertSpec spec(String name) {
    return spec(SOURCE, name, null, false);
  }

  private static ConvertSpec spec(UUID source, String name, String reference, boolean replace) {
    return new ConvertSpec(
        source.toString(), name, "mlx", null, 4, 64, null, false, reference, replace);
  }

  private Submitted submit(String name, int priority, String key) {
    return jobs.submit(new Submission(spec(name), priority, "me", key));
  }

  private List<String> queue() {
    return JDBC.sql("select task_instance from scheduled_tasks").query(String.class).list();
  }

  @Test
  void aSubmittedJobWaitsWithItsFirstEventAndAPlaceInTheQueue() {
    JobView job = submit("a", 3, "k").job();
    assertThat(job.state()).isEqualTo(JobState.QUEUED);
    assertThat(job.queuePosition()).isEqualTo(1);
    assertThat(job.spec()).containsEntry("name", "a").containsEntry("group_size", 64);
    assertThat(jobs.events(job.id(), 0, 10))
        .extracting(JobEvent::seq, JobEvent::type)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(1L, "submitted"));
    assertThat(queue()).containsExactly(job.id().toString());
  }

  @Test
  void theSameKeyAndSpecAnswerTheSameJob() {
    Submitted first = submit("a", 0, "k");
    Submitted again = submit("a", 0, "k");
    assertThat(first.created()).isTrue();
    assertThat(again.created()).isFalse();
    assertThat(again.job().id()).isEqualTo(first.job().id());
    assertThat(queue()).hasSize(1);
  }

  @Test
  void theSameKeyWithAnotherSpecIsAConflict() {
    submit("a", 0, "k");
    assertThatThrownBy(() -> submit("b", 0, "k"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'k' came with another spec");
  }

  @Test
  void sixtyFourSubmissionsAtOnceWithOneKeyAreOneJob() throws Exception {
    Set<UUID> ids = new HashSet<>();
    int created = 0;
    try (ExecutorService pool = Executors.newFixedThreadPool(64)) {
      List<Future<Submitted>> all = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        all.add(pool.submit(() -> submit("a", 0, "one")));
      }
      for (Future<Submitted> one : all) {
        ids.add(one.get().job().id());
        created += one.get().created() ? 1 : 0;
      }
    }
    assertThat(ids).hasSize(1);
    assertThat(created).isEqualTo(1);
    assertThat(queue()).hasSize(1);
  }

  @Test
  void theQueueIsOrderedByPriorityAndThenByAge() {
    JobView low = submit("low", 0, null).job();
    JobView lower = submit("lower", -5, null).job();
    JobView high = submit("high", 5, null).job();
    assertThat(jobs.get(high.id()).queuePosition()).isEqualTo(1);
    assertThat(jobs.get(low.id()).queuePosition()).isEqualTo(2);
    assertThat(jobs.get(lower.id()).queuePosition()).isEqualTo(3);
  }

  @Test
  void aJobThatNobodyBeganIsCancelledAtOnce() {
    JobView job = submit("a", 0, null).job();
    assertThat(jobs.cancel(job.id(), "me").state()).isEqualTo(JobState.CANCELLED);
    assertThat(queue()).isEmpty();
    assertThatThrownBy(() -> jobs.cancel(job.id(), "me"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("is over: it was cancelled");
  }

  @Test
  void aCancelledJobIsRetriedAsANewOne() {
    JobView job = submit("a", 2, "k").job();
    assertThatThrownBy(() -> jobs.retry(job.id(), "me"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("cannot be retried: it waits in the queue");
    jobs.cancel(job.id(), "me");
    JobView again = jobs.retry(job.id(), "me");
    assertThat(again.id()).isNotEqualTo(job.id());
    assertThat(again.spec()).isEqualTo(job.spec());
    assertThat(again.priority()).isEqualTo(2);
    assertThat(again.state()).isEqualTo(JobState.QUEUED);
  }

  @Test
  void pagesGoFromTheNewestToTheOldestAndFilter() {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(submit("j" + i, 0, null).job().id());
    }
    List<UUID> seen = new ArrayList<>();
    Page<JobView> page = jobs.list(new Filter(null, null, 2, null));
    seen.addAll(page.items().stream().map(JobView::id).toList());
    while (page.cursor() != null) {
      page = jobs.list(new Filter(null, null, 2, page.cursor()));
      seen.addAll(page.items().stream().map(JobView::id).toList());
    }
    assertThat(seen).isEqualTo(ids);
    jobs.cancel(ids.get(1), "me");
    assertThat(jobs.list(new Filter(JobState.CANCELLED, "convert", 10, null)).items())
        .extracting(JobView::id)
        .containsExactly(ids.get(1));
    assertThat(jobs.counts()).containsEntry(JobState.QUEUED, 4L).containsEntry(JobState.FAILED, 0L);
  }

  private void refused(ConvertSpec spec, String field, String reason) {
    assertThatThrownBy(() -> jobs.submit(new Submission(spec, 0, "me", null)))
        .isInstanceOfSatisfying(
            InvalidFieldException.class,
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e.reason()).contains(reason);
            });
    assertThat(queue()).isEmpty();
  }

  @Test
  void sourcesAndReferencesMustBeThere() {
    UUID nobody = new UUID(7, 3);
    refused(spec(nobody, "a", null, false), "spec.source", "no source " + nobody);
    refused(spec(HALF, "a", null, false), "spec.source", "not complete");
    refused(spec(SOURCE, "a", SOURCE.toString(), false), "spec.reference", "no reference");
  }

  @Test
  void aNameThatIsTakenIsAConflictUnlessItIsToBeReplaced() {
    UUID first = submit("a", 0, null).job().id();
    assertThatThrownBy(() -> submit("a", 0, null))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining(first.toString());
    jobs.cancel(first, "me");
    JDBC.sql(
            """
            insert into model (name, version, directory, format, architecture, precision, state,
              bytes, lineage) values ('a', uuidv7(), 'd', 'mlx', 'llama', 'fp32', 'proved', 1, '{}')
            """)
        .update();
    assertThatThrownBy(() -> submit("a", 0, null))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'a' exists");
    assertThat(jobs.submit(new Submission(spec(SOURCE, "a", null, true), 0, "me", null)).created())
        .isTrue();
  }

  @Test
  void anUnknownJobIsNamed() {
    UUID id = UUID.randomUUID();
    assertThatThrownBy(() -> jobs.cancel(id, "me"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining(id.toString());
  }

  @Test
  void theFeedTellsOfEveryJobThatChanges() throws Exception {
    BlockingQueue<UUID> woken = new LinkedBlockingQueue<>();
    try (JobFeed feed = new JobFeed(DATABASE.dataSource());
        JobFeed.Subscription _ = feed.subscribe(woken::add)) {
      assertThat(woken.poll(10, TimeUnit.SECONDS)).isEqualTo(JobFeed.ALL);
      UUID id = submit("a", 0, null).job().id();
      assertThat(woken.poll(10, TimeUnit.SECONDS)).isEqualTo(id);
    }
  }

  @Test
  void theFeedComesBackAfterALostConnection() throws Exception {
    BlockingQueue<UUID> woken = new LinkedBlockingQueue<>();
    try (JobFeed feed = new JobFeed(DATABASE.dataSource());
        JobFeed.Subscription _ = feed.subscribe(woken::add)) {
      assertThat(woken.poll(10, TimeUnit.SECONDS)).isEqualTo(JobFeed.ALL);
      JDBC.sql(
              """
              select pg_terminate_backend(pid) from pg_stat_activity
              where query = 'listen job_event' and datname = current_database()
              """)
          .query()
          .listOfRows();
      assertThat(woken.poll(10, TimeUnit.SECONDS)).isEqualTo(JobFeed.ALL);
    }
  }
}
