package bessemer.db.work;

import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.builder.SimpleJobBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.support.ListItemReader;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.batch.infrastructure.support.transaction.ResourcelessTransactionManager;

/// Builds the steps of an attempt. They run without a transaction: what they make are files, and
/// the rows that name these are written by the [Lease] in transactions of their own.
///
/// A step that was completed runs again in the next attempt. It finds the files of the former one,
/// and what a step may skip, it knows best itself.
public final class Steps {
  private final JobRepository repository;
  private final ObservationRegistry observations;
  private @Nullable Throwable failure;

  Steps(JobRepository repository, ObservationRegistry observations) {
    this.repository = repository;
    this.observations = observations;
  }

  /// The work of a step.
  public interface Work {
    void run() throws Exception;
  }

  /// The work on one of many.
  public interface WorkOn<T> {
    void run(T item) throws Exception;
  }

  /// What a step works on, found when it begins.
  public interface Items<T> {
    List<T> get() throws Exception;
  }

  public Step once(String name, Work work) {
    return named(name)
        .tasklet(
            (_, _) -> {
              remembering(work);
              return RepeatStatus.FINISHED;
            },
            new ResourcelessTransactionManager())
        .build();
  }

  /// Commits after each item.
  public <T> Step each(String name, Items<T> items, WorkOn<T> work) {
    var reader = new Late<T>(items);
    return named(name)
        .<T, T>chunk(1)
        .transactionManager(new ResourcelessTransactionManager())
        .reader(() -> reader.next(this))
        .writer(chunk -> {
          for (T item : chunk) {
            remembering(() -> work.run(item));
          }
        })
        .build();
  }

  private StepBuilder named(String name) {
    return new StepBuilder(name, repository)
        .allowStartIfComplete(true)
        .observationRegistry(observations);
  }

  public Job job(String name, Step first, Step... others) {
    SimpleJobBuilder job =
        new JobBuilder(name, repository).observationRegistry(observations).start(first);
    for (Step step : others) {
      job = job.next(step);
    }
    return job.build();
  }

  /// The first failure as it was thrown; Spring Batch wraps it differently in each kind of step.
  @Nullable Throwable failure() {
    return failure;
  }

  private void remembering(Work work) throws Exception {
    try {
      work.run();
    } catch (Throwable e) {
      if (failure == null) {
        failure = e;
      }
      throw e;
    }
  }

  /// Reads the items when the first is asked for.
  private static final class Late<T> {
    private final Items<T> items;
    private @Nullable ListItemReader<T> reader;

    Late(Items<T> items) {
      this.items = items;
    }

    @Nullable T next(Steps steps) throws Exception {
      ListItemReader<T> known = reader;
      if (known == null) {
        steps.remembering(() -> reader = new ListItemReader<>(items.get()));
        known = reader;
      }
      return known == null ? null : known.read();
    }
  }
}
