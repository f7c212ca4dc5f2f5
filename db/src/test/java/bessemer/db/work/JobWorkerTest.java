package bessemer.db.work;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

class JobWorkerTest extends WorkerBench {
  @Test
  void runsTheStepsAndRecordsThem() throws Exception {
    FakeKind kind = new FakeKind();
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
    FakeKind kind = new FakeKind();
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
    FakeKind drained = new FakeKind();
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

    try (var other = worker("other", new FakeKind())) {
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
    FakeKind kind = new FakeKind();
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
    FakeKind kind = new FakeKind();
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
    FakeKind kind = new FakeKind();
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
    FakeKind kind = new FakeKind();
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
    FakeKind first = new FakeKind();
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
    FakeKind second = new FakeKind();
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
    FakeKind kind = new FakeKind();
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
    worker("w", new FakeKind());
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).contains("died in every attempt");
  }

  @Test
  void theHighestPriorityGoesFirst() throws Exception {
    UUID low = submit("low", -1);
    UUID middle = submit("middle", 0);
    UUID high = submit("high", 7);
    FakeKind kind = new FakeKind();
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
    FakeKind kind = new FakeKind();
    worker("one", kind);
    worker("two", kind);
    for (UUID id : ids) {
      JobView job = ended(id);
      assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
      assertThat(job.epoch()).as(() -> jobs.events(id, 0, 100).toString()).isEqualTo(1);
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
    worker("w", new FakeKind());
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.epoch()).isEqualTo(2);
  }

  @Test
  void whatAWorkerHeldThatWasNotHeardOfForLongIsTakenOverByAnother() throws Exception {
    UUID id = submit("a", 0);
    jdbc.sql(
            """
            update scheduled_tasks set picked = true, picked_by = 'gone',
              last_heartbeat = now() - interval '1 hour'
            """)
        .update();
    jdbc.sql("update job set state = 'RUNNING', epoch = 1, owner = 'gone' where id = :id")
        .param("id", id)
        .update();
    worker("w", new FakeKind(), Duration.ofMillis(500));
    JobView job = ended(id);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.epoch()).isEqualTo(2);
    assertThat(types(id)).containsOnlyOnce("claimed");
  }
}
