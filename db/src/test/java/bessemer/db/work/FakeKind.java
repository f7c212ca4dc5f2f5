package bessemer.db.work;

import bessemer.contracts.JobSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.batch.core.job.Job;

/// Adds the shards `0` to `2`, and does in between what a test wants.
final class FakeKind implements JobKind {
  private static final String PLAN = "0".repeat(64);

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
