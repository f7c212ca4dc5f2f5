package bessemer.db.work;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobSpec;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.db.TestDatabase;
import bessemer.db.jobs.JobFeed;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.batch.core.job.Job;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

class JobWorkerTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final String PLAN = "0".repeat(64);

  private final HikariDataSource pool = pool();
  private final JdbcClient jdbc = JdbcClient.create(pool);
  private final Jobs jobs = new Jobs(pool, Clock.systemUTC());
  private final List<AutoCloseable> open = new ArrayList<>();

  private static HikariDataSource pool() {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(DATABASE.dataSource());
    pool.setMaximumPoolSize(20);
    return pool;
  }

  @BeforeEach
  void empty() {
    jdbc.sql("delete from job").update();
    jdbc.sql("delete from scheduled_tasks").update();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    pool.close();
  }

  /// Adds the shards `0` to `2`, and does in between what a test wants.
  private static final class Fake implements JobKind {
    final List<String> worked = Collections.synchronizedList(new ArrayList<>());
    final List<UUID> order = Collections.synchronizedList(new ArrayList<>());
    final List<UUID> discarded = Collections.synchronizedList(new ArrayList<>());
    final AtomicReference<String> obstacle = new AtomicReference<>();
    volatile Hook before = (_, _) -> {};

    interface Hook {
      void at(Lease lease, String shard) throws Exception;
    }

    @Override
    public String kind() {
      return "convert";
    }

    @Override
    public String obstacle(JobSpec spec) {
      return obstacle.get();
    }

    @Override
    public Attempt begin(Lease lease, Steps steps) {
      order.add(lease.job());
      Job job =
          steps.job(
              "convert",
              steps.once("plan", () -> lease.step("plan", 0)),
              steps.each("convert-shards", () -> pending(lease), shard -> work(lease, shard)),
              steps.once("settle", () -> lease.succeed(Map.of("shards", 3), () -> {})));
      return new Attempt() {
        @Override
        public Job job() {
          return job;
        }

        @Override
        public void close() {}
      };
    }

    private static List<String> pending(Lease lease) {
      List<String> done = lease.shards(PLAN).stream().map(Shard::file).toList();
      return List.of("0", "1", "2").stream().filter(shard -> !done.contains(shard)).toList();
    }

    private void work(Lease lease, String shard) throws Exception {
      before.at(lease, shard);
      lease.advance(1);
      worked.add(shard);
      lease.add(PLAN, new Shard(shard, lease.epoch() + "/" + shard, 1, "0".repeat(64)));
    }

    @Override
    public void discard(UUID job) {
      discarded.add(job);
    }

    @Override
    public String explain(Throwable failure) {
      return failure instanceof IllegalArgumentException ? failure.getMessage() : null;
    }
  }

  private AnnotationConfigApplicationContext worker(String name, Fake kind) {
    var context = new AnnotationConfigApplicationContext();
    context.registerBean(
        "dataSource", javax.sql.DataSource.class, () -> pool, d -> d.setDestroyMethodName(""));
    context.registerBean(
        "transactionManager",
        PlatformTransactionManager.class,
        () -> new JdbcTransactionManager(pool));
    context.registerBean(JobKind.class, () -> kind);
    context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
    context.registerBean(ObservationRegistry.class, ObservationRegistry::create);
    context.registerBean(JobFeed.class, () -> new JobFeed(pool));
    context.registerBean(
        WorkerSettings.class,
        () ->
            new WorkerSettings(
                name, Duration.ofMillis(200), Duration.ofSeconds(20), 4, Duration.ofMillis(300)));
    context.register(WorkConfiguration.class);
    context.refresh();
    open.add(context);
    return context;
  }

  private UUID submit(String name, int priority) {
    var spec =
        new ConvertSpec(
            "hf:org/" + name + "@" + "a".repeat(40),
            name,
            "mlx",
            null,
            null,
            64,
            null,
            false,
            null,
            false);
    return jobs.submit(new Submission(spec, priority, "me", null)).job().id();
  }

  private JobView await(UUID id, Predicate<JobView> wanted) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() < end) {
      JobView job = jobs.get(id);
      if (wanted.test(job)) {
        return job;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("it never came to that: " + jobs.get(id) + jobs.events(id, 0, 100));
  }

  private JobView ended(UUID id) throws InterruptedException {
    return await(id, job -> job.state().isFinal());
  }

  /// Without progress: how often it is told depends on how busy the machine is.
  private List<String> types(UUID id) {
    return jobs.events(id, 0, 100).stream()
        .map(JobEvent::type)
        .filter(type -> !type.equals("progress"))
        .toList();
  }

  private void everySequenceIsWithoutGaps(UUID id) {
    List<JobEvent> events = jobs.events(id, 0, 1000);
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).seq()).isEqualTo(i + 1);
    }
  }

  @Test
  void runsTheStepsAndRecordsThem() throws Exception {
    Fake kind = new Fake();
    worker("w", kind);
    UUID id = submit("a", 0);
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.result()).containsEntry("shards", 3);
    assertThat(job.epoch()).isEqualTo(1);
    assertThat(types(id))
        .containsExactly("submitted", "claimed", "step", "shard", "shard", "shard", "succeeded");
    everySequenceIsWithoutGaps(id);
    JobView recorded =
        await(id, j -> j.steps().stream().allMatch(s -> s.status().equals("completed")));
    assertThat(recorded.steps())
        .extracting(JobView.Step::name)
        .containsExactly("plan", "convert-shards", "settle");
  }

  @Test
  void aFailureOfTheUsersInputEndsTheJobWithItsMessageAndLeavesNothing() throws Exception {
    Fake kind = new Fake();
    kind.before =
        (_, shard) -> {
          if (shard.equals("1")) {
            throw new IllegalArgumentException("model.safetensors: offset 17 is beyond the end");
          }
        };
    worker("w", kind);
    UUID id = submit("a", 0);
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).isEqualTo("model.safetensors: offset 17 is beyond the end");
    assertThat(kind.discarded).containsExactly(id);
    assertThat(jobs.logs(id, 0, 10)).anyMatch(line -> line.text().contains("offset 17"));

    kind.before = (_, _) -> {};
    assertThat(ended(submit("b", 0)).state()).isEqualTo(JobState.SUCCEEDED);
  }

  @Test
  void aDrainedWorkerEndsWhatItRunsAndTakesNothingMoreUntilItIsToldTo() throws Exception {
    Fake drained = new Fake();
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    drained.before =
        (_, _) -> {
          begun.countDown();
          assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
        };
    var context = worker("drained", drained);
    JobWorker worker = context.getBean(JobWorker.class);
    UUID first = submit("a", 0);
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.busy()).isEqualTo(1);
    worker.take(false);
    UUID second = submit("b", 0);
    goOn.countDown();
    assertThat(ended(first).state()).isEqualTo(JobState.SUCCEEDED);

    try (var other = worker("other", new Fake())) {
      assertThat(ended(second).state()).isEqualTo(JobState.SUCCEEDED);
      assertThat(other.isRunning()).isTrue();
    }
    assertThat(drained.order).containsExactly(first);

    worker.take(true);
    UUID third = submit("c", 0);
    ended(third);
    assertThat(drained.order).containsExactly(first, third);
    MeterRegistry meters = context.getBean(MeterRegistry.class);
    assertThat(meters.counter("bessemer.shards").count()).isEqualTo(6);
    assertThat(meters.counter("bessemer.converted.bytes").count()).isEqualTo(6);
  }

  @Test
  void anErrorOfOursIsNamedAsOne() throws Exception {
    Fake kind = new Fake();
    kind.before =
        (_, _) -> {
          throw new IllegalStateException("boom");
        };
    worker("w", kind);
    JobView job = ended(submit("a", 0));
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).startsWith("internal error").contains("boom");
  }

  @Test
  void aCancelledJobStopsAtItsNextStepForward() throws Exception {
    Fake kind = new Fake();
    var reached = new CountDownLatch(1);
    kind.before =
        (lease, shard) -> {
          if (shard.equals("1")) {
            reached.countDown();
            lease.interruptibly(() -> {
              new CountDownLatch(1).await();
              return true;
            });
          }
        };
    worker("w", kind);
    UUID id = submit("a", 0);
    assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(jobs.cancel(id, "me").state()).isEqualTo(JobState.CANCELLING);
    assertThat(ended(id).state()).isEqualTo(JobState.CANCELLED);
    assertThat(kind.worked).containsExactly("0");
    assertThat(kind.discarded).containsExactly(id);
    assertThat(types(id)).contains("cancelling").endsWith("cancelled");
  }

  @Test
  void aJobWaitsForAnObstacleToGoAndSaysWhy() throws Exception {
    Fake kind = new Fake();
    kind.obstacle.set("needs 8 GB of memory, 2 GB are free");
    worker("w", kind);
    UUID id = submit("a", 0);
    JobView job = await(id, j -> j.waiting() != null);
    assertThat(job.waiting()).isEqualTo("needs 8 GB of memory, 2 GB are free");
    assertThat(job.state()).isEqualTo(JobState.QUEUED);
    assertThat(job.epoch()).isZero();
    kind.obstacle.set(null);
    assertThat(ended(id).waiting()).isNull();
    assertThat(types(id).stream().filter("waiting"::equals)).hasSize(1);
  }

  @Test
  void anAttemptThatLostItsClaimCannotAddToTheManifest() throws Exception {
    Fake kind = new Fake();
    var stolen = new AtomicBoolean();
    kind.before =
        (lease, shard) -> {
          if (shard.equals("1") && stolen.compareAndSet(false, true)) {
            jdbc.sql("update job set epoch = epoch + 1 where id = :id")
                .param("id", lease.job())
                .update();
          }
        };
    worker("w", kind);
    UUID id = submit("a", 0);
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.epoch()).isEqualTo(3);
    assertThat(kind.worked).containsExactly("0", "1", "1", "2");
    assertThat(
            jdbc.sql("select path from job_shard where job_id = :id order by file")
                .param("id", id)
                .query(String.class)
                .list())
        .containsExactly("1/0", "3/1", "3/2");
    assertThat(kind.discarded).isEmpty();
    everySequenceIsWithoutGaps(id);
  }

  @Test
  void aWorkerThatShutsDownHandsItsJobOver() throws Exception {
    Fake first = new Fake();
    var reached = new CountDownLatch(1);
    first.before =
        (lease, shard) -> {
          if (shard.equals("1")) {
            reached.countDown();
            while (true) {
              lease.advance(0);
              Thread.sleep(5);
            }
          }
        };
    AnnotationConfigApplicationContext one = worker("one", first);
    UUID id = submit("a", 0);
    assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    one.close();
    assertThat(jobs.get(id).state()).isEqualTo(JobState.RETRYING);
    Fake second = new Fake();
    worker("two", second);
    assertThat(ended(id).state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(first.worked).containsExactly("0");
    assertThat(second.worked).containsExactly("1", "2");
  }

  @Test
  void aJobWaitingForItsNextAttemptIsCancelledByAWorkerThatRemovesWhatIsThere() throws Exception {
    UUID id = submit("a", 0);
    jdbc.sql("update job set state = 'RETRYING', epoch = 1 where id = :id")
        .param("id", id)
        .update();
    assertThat(jobs.cancel(id, "me").state()).isEqualTo(JobState.CANCELLING);
    Fake kind = new Fake();
    worker("w", kind);
    assertThat(ended(id).state()).isEqualTo(JobState.CANCELLED);
    assertThat(kind.discarded).containsExactly(id);
    assertThat(kind.worked).isEmpty();
  }

  @Test
  void aJobWhoseAttemptsAllDiedFails() throws Exception {
    UUID id = submit("a", 0);
    jdbc.sql("update job set attempts_left = 0, epoch = 30, state = 'RUNNING' where id = :id")
        .param("id", id)
        .update();
    worker("w", new Fake());
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).contains("died in every attempt");
  }

  @Test
  void theHighestPriorityGoesFirst() throws Exception {
    UUID low = submit("low", -1);
    UUID middle = submit("middle", 0);
    UUID high = submit("high", 7);
    Fake kind = new Fake();
    worker("w", kind);
    ended(low);
    assertThat(kind.order).containsExactly(high, middle, low);
  }

  @Test
  void twoWorkersNeverRunOneJob() throws Exception {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ids.add(submit("j" + i, i % 3));
    }
    Fake kind = new Fake();
    worker("one", kind);
    worker("two", kind);
    for (UUID id : ids) {
      JobView job = ended(id);
      assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
      assertThat(job.epoch()).isEqualTo(1);
    }
    assertThat(kind.order).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(
            jdbc.sql("select distinct data ->> 'owner' from job_event where type = 'claimed'")
                .query(String.class)
                .list())
        .containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void whatADeadProcessOfTheSameNameHeldIsTakenUpAtOnce() throws Exception {
    UUID id = submit("a", 0);
    jdbc.sql(
            """
            update scheduled_tasks set picked = true, picked_by = 'w',
              last_heartbeat = now() + interval '1 hour'
            """)
        .update();
    jdbc.sql("update job set state = 'RUNNING', epoch = 1, owner = 'w' where id = :id")
        .param("id", id)
        .update();
    worker("w", new Fake());
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.epoch()).isEqualTo(2);
  }
}
