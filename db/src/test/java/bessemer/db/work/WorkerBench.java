package bessemer.db.work;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobEvent;
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
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/// A database with jobs, and workers in this process that run a [FakeKind].
class WorkerBench {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private final HikariDataSource pool = pool();
  final JdbcClient jdbc = JdbcClient.create(pool);
  final Jobs jobs = new Jobs(pool, Clock.systemUTC());
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

  AnnotationConfigApplicationContext worker(String name, FakeKind kind) {
    return worker(name, kind, Duration.ofSeconds(20));
  }

  /// @param heartbeat four of these missed, and others take over
  AnnotationConfigApplicationContext worker(String name, FakeKind kind, Duration heartbeat) {
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
            new WorkerSettings(name, Duration.ofMillis(200), heartbeat, 4, Duration.ofMillis(300)));
    context.register(WorkConfiguration.class);
    context.refresh();
    open.add(context);
    return context;
  }

  UUID submit(String name, int priority) {
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

  JobView await(UUID id, Predicate<JobView> wanted) {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> jobs.get(id), wanted);
  }

  JobView ended(UUID id) {
    return await(id, job -> job.state().isFinal());
  }

  /// Without progress: how often it is told depends on how busy the machine is.
  List<String> types(UUID id) {
    return jobs.events(id, 0, 100).stream()
        .map(JobEvent::type)
        .filter(type -> !type.equals("progress"))
        .toList();
  }

  void everySequenceIsWithoutGaps(UUID id) {
    List<JobEvent> events = jobs.events(id, 0, 1000);
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).seq()).isEqualTo(i + 1);
    }
  }
}
