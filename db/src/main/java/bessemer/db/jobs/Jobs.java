package bessemer.db.jobs;

import bessemer.contracts.ConflictException;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobSpec;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.LogLine;
import bessemer.contracts.MetricPoint;
import bessemer.contracts.Page;
import bessemer.db.Json;
import java.time.Clock;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Submits jobs, looks at them, asks for their end. What runs them is [bessemer.db.work.JobWorker].
public final class Jobs {
  private static final String CAPABILITY = "cpu"; // every kind there is runs anywhere

  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final JobTasks tasks;
  private final Facts facts;
  private final SubmissionRules rules;
  private final JobHistory history;
  private final Clock clock;

  public Jobs(DataSource database, Clock clock) {
    this.jdbc = JdbcClient.create(database);
    this.transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    this.tasks = new JobTasks(database);
    this.facts = new Facts(jdbc);
    this.rules = new SubmissionRules(jdbc);
    this.history = new JobHistory(jdbc);
    this.clock = clock;
  }

  /// @param createdBy the id of the key that asks
  /// @param idempotencyKey the same key and spec again answer the same job
  public record Submission(
      JobSpec spec, int priority, String createdBy, @Nullable String idempotencyKey) {}

  /// @param created false when the idempotency key had brought it before
  public record Submitted(JobView job, boolean created) {}

  /// The job, its first event and its place in the queue come together or not at all.
  ///
  /// @throws ConflictException if the idempotency key came with another spec before, or the model
  ///   exists or is being made
  /// @throws bessemer.contracts.InvalidFieldException if the spec names what is not there
  public Submitted submit(Submission submission) {
    return required(transaction.execute(_ -> inserted(submission)));
  }

  private Submitted inserted(Submission submission) {
    String spec = Json.text(submission.spec());
    String kind = submission.spec().kind();
    Optional<UUID> created =
        jdbc.sql(
                """
                insert into job (kind, capability, spec, spec_sha256, priority, created_by, idempotency_key)
                values (:kind, :capability, :spec::jsonb,
                  encode(sha256(convert_to(:spec, 'UTF8')), 'hex'), :priority, :by, :key)
                on conflict (tenant, idempotency_key) do nothing
                returning id
                """)
            .param("kind", kind)
            .param("capability", CAPABILITY)
            .param("spec", spec)
            .param("priority", submission.priority())
            .param("by", submission.createdBy())
            .param("key", submission.idempotencyKey())
            .query(UUID.class)
            .optional();
    if (created.isEmpty()) {
      return new Submitted(earlier(submission, spec), false);
    }
    UUID id = created.get();
    rules.check(id, submission.spec());
    facts.add(id, "submitted", Map.of("kind", kind, "priority", submission.priority()));
    tasks.add(JobTasks.name(kind, CAPABILITY), id, submission.priority(), clock.instant());
    return new Submitted(get(id), true);
  }

  private JobView earlier(Submission submission, String spec) {
    return jdbc.sql(
            """
            select id from job where idempotency_key = :key
              and spec_sha256 = encode(sha256(convert_to(:spec, 'UTF8')), 'hex')
            """)
        .param("key", submission.idempotencyKey())
        .param("spec", spec)
        .query(UUID.class)
        .optional()
        .map(this::get)
        .orElseThrow(() ->
            new ConflictException(
                "the Idempotency-Key '%s' came with another spec before; use a new one"
                    .formatted(submission.idempotencyKey())));
  }

  public Optional<JobView> find(UUID id) {
    return history.find(id);
  }

  /// @throws NoSuchElementException if there is no such job
  public JobView get(UUID id) {
    return find(id).orElseThrow(() -> unknown(id));
  }

  /// @param limit at most 200
  /// @param cursor of the page before
  public record Filter(
      @Nullable JobState state, @Nullable String kind, int limit, @Nullable String cursor) {
    public Filter {
      limit = Math.clamp(limit, 1, 200);
    }
  }

  /// Newest first.
  ///
  /// @throws bessemer.contracts.InvalidFieldException if the cursor is none of ours
  public Page<JobView> list(Filter filter) {
    return history.list(filter);
  }

  /// Evaluations that succeeded, newest first.
  ///
  /// @param model that they are of; null for all
  public List<JobView> evaluations(@Nullable String model, int limit) {
    return history.evaluations(model, Math.clamp(limit, 1, 200));
  }

  /// Ends a job that nobody began; asks the worker of a running one to stop, which takes it about a
  /// second.
  ///
  /// @throws ConflictException if it is over
  public JobView cancel(UUID id, String by) {
    return required(
        transaction.execute(_ -> {
          JobView job = locked(id);
          if (job.state().isFinal()) {
            throw new ConflictException("job %s is over: it %s".formatted(id, word(job.state())));
          }
          return cancel(job, by);
        }));
  }

  private JobView cancel(JobView job, String by) {
    String task = JobTasks.name(job.kind(), CAPABILITY);
    if (job.state() == JobState.QUEUED && job.epoch() == 0) {
      change(job.id(), JobState.CANCELLED);
      facts.add(job.id(), "cancelled", Map.of("by", by));
      tasks.remove(task, job.id());
    } else if (job.state() != JobState.CANCELLING) {
      change(job.id(), JobState.CANCELLING);
      facts.add(job.id(), "cancelling", Map.of("by", by));
      tasks.hurry(task, job.id(), clock.instant());
    }
    return get(job.id());
  }

  private void change(UUID id, JobState state) {
    jdbc.sql(
            """
            update job set state = :state, waiting = null,
              finished_at = case when :over then now() else finished_at end
            where id = :id
            """)
        .param("state", state.name())
        .param("over", state.isFinal())
        .param("id", id)
        .update();
  }

  private JobView locked(UUID id) {
    jdbc.sql("select 1 from job where id = :id for update").param("id", id).query().listOfRows();
    return get(id);
  }

  /// A new job with the spec of one that failed or was cancelled.
  ///
  /// @throws ConflictException if it did not
  public JobView retry(UUID id, String by) {
    JobView old = get(id);
    if (old.state() != JobState.FAILED && old.state() != JobState.CANCELLED) {
      throw new ConflictException(
          "job %s cannot be retried: it %s".formatted(id, word(old.state())));
    }
    JobSpec spec = Specs.read(old.kind(), Json.text(old.spec()));
    return submit(new Submission(spec, old.priority(), by, null)).job();
  }

  private static String word(JobState state) {
    return switch (state) {
      case QUEUED -> "waits in the queue";
      case RUNNING -> "is running";
      case RETRYING -> "will be tried again";
      case CANCELLING -> "is being cancelled";
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      case CANCELLED -> "was cancelled";
    };
  }

  /// @param after the sequence number of the last event that is known
  public List<JobEvent> events(UUID id, long after, int limit) {
    return history.events(id, after, limit);
  }

  public List<LogLine> logs(UUID id, long after, int limit) {
    return history.logs(id, after, limit);
  }

  public List<MetricPoint> metrics(UUID id) {
    return history.metrics(id);
  }

  /// By state; every state is there.
  public Map<JobState, Long> counts() {
    Map<JobState, Long> counts = new EnumMap<>(JobState.class);
    Set.of(JobState.values()).forEach(state -> counts.put(state, 0L));
    jdbc.sql("select state, count(*) as n from job group by state")
        .query(row -> {
          counts.put(JobState.valueOf(row.getString("state")), row.getLong("n"));
        });
    return counts;
  }

  /// The same by kind; states without a job are left out.
  public Map<String, Map<JobState, Long>> countsByKind() {
    Map<String, Map<JobState, Long>> counts = new HashMap<>();
    jdbc.sql("select kind, state, count(*) as n from job group by kind, state")
        .query(row -> {
          counts
              .computeIfAbsent(row.getString("kind"), _ -> new EnumMap<>(JobState.class))
              .put(JobState.valueOf(row.getString("state")), row.getLong("n"));
        });
    return counts;
  }

  private static NoSuchElementException unknown(UUID id) {
    return new NoSuchElementException("there is no job " + id);
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the transaction gave no result");
    }
    return value;
  }
}
