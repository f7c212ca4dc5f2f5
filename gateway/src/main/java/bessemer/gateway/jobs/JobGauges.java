package bessemer.gateway.jobs;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobState;
import bessemer.db.jobs.Jobs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// `bessemer_jobs{kind,state}`: how many jobs there are in each state.
final class JobGauges implements MeterBinder {
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Jobs jobs;
  private Map<String, Map<JobState, Long>> counts = Map.of();
  private long readAt = System.nanoTime() - FRESH_NANOS;

  JobGauges(Jobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (String kind : List.of(ConvertSpec.KIND, EvalSpec.KIND)) {
      for (JobState state : JobState.values()) {
        Gauge.builder("bessemer.jobs", () -> count(kind, state))
            .description("Jobs by kind and state")
            .tag("kind", kind)
            .tag("state", state.name().toLowerCase(Locale.ROOT))
            .strongReference(true)
            .register(registry);
      }
    }
  }

  /// One query for all gauges of a scrape.
  private synchronized long count(String kind, JobState state) {
    if (System.nanoTime() - readAt >= FRESH_NANOS) {
      counts = jobs.countsByKind();
      readAt = System.nanoTime();
    }
    return counts.getOrDefault(kind, Map.of()).getOrDefault(state, 0L);
  }
}
