package bessemer.inference.serving;

import bessemer.models.generation.Batch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/// What Prometheus learns of serving, by model.
final class Meters {
  private static final Duration[] WAITS =
      seconds(.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300);
  private static final Duration[] STEPS =
      seconds(.0005, .001, .002, .004, .008, .015, .03, .06, .1, .15, .25, .5, 1, 2.5);
  private static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64};

  private final MeterRegistry registry;
  private final Map<String, OfModel> models = new ConcurrentHashMap<>();

  Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  private static Duration[] seconds(double... bounds) {
    return DoubleStream.of(bounds)
        .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
        .toArray(Duration[]::new);
  }

  /// Memory and queues are read whenever Prometheus asks.
  void watch(Residents residents, long budget) {
    memory("loaded", Gauge.builder("bessemer.inference.memory", residents, Residents::bytes));
    memory("cache", Gauge.builder("bessemer.inference.memory", residents, Residents::cacheBytes));
    memory("budget", Gauge.builder("bessemer.inference.memory", () -> budget));
  }

  private void memory(String kind, Gauge.Builder<?> gauge) {
    gauge.tag("kind", kind).baseUnit(BaseUnits.BYTES).strongReference(true).register(registry);
  }

  OfModel of(String model, Residents residents) {
    return models.computeIfAbsent(model, name -> new OfModel(name, residents));
  }

  /// The meters of one model; they outlive its stay in memory.
  final class OfModel {
    private final Tags tags;
    private final Timer queue;
    private final Timer firstToken;
    private final Timer nextToken;
    private final Timer load;
    private final Counter prompt;
    private final Counter completion;
    private final Counter prefilled;
    private final Counter decoded;
    private final Counter reused;
    private final DistributionSummary rows;

    OfModel(String model, Residents residents) {
      tags = Tags.of("model", model);
      queue = timer("bessemer.inference.queue", WAITS);
      firstToken = timer("bessemer.inference.time.to.first.token", WAITS);
      nextToken = timer("bessemer.inference.inter.token", STEPS);
      load = timer("bessemer.inference.load", WAITS);
      prompt = tokens("prompt");
      completion = tokens("completion");
      prefilled = computed("prefill");
      decoded = computed("decode");
      reused = registry.counter("bessemer.inference.reused.tokens", tags);
      rows =
          DistributionSummary.builder("bessemer.inference.batch")
              .tags(tags)
              .serviceLevelObjectives(ROWS)
              .register(registry);
      gauge(Gauge.builder("bessemer.inference.queue.length", residents, all -> all.waiting(model)));
      gauge(Gauge.builder("bessemer.inference.running", residents, all -> all.running(model)));
    }

    private void gauge(Gauge.Builder<?> gauge) {
      gauge.tags(tags).strongReference(true).register(registry);
    }

    private Timer timer(String name, Duration[] bounds) {
      return Timer.builder(name).tags(tags).serviceLevelObjectives(bounds).register(registry);
    }

    private Counter tokens(String kind) {
      return registry.counter("bessemer.inference.tokens", tags.and(Tag.of("kind", kind)));
    }

    private Counter computed(String kind) {
      return registry.counter("bessemer.inference.computed.tokens", tags.and(Tag.of("kind", kind)));
    }

    /// What the model did, whatever came of it.
    void step(Batch.Step step) {
      if (step.decoded() > 0) {
        rows.record(step.decoded());
        decoded.increment(step.decoded());
      }
      prefilled.increment(step.prefilled());
      reused.increment(step.reused());
    }

    /// Sentences of a translator that run together, whenever some begin.
    void together(int sentences) {
      rows.record(sentences);
    }

    void sentence(int sourceTokens, int targetTokens) {
      registry.counter("bessemer.inference.sentences", tags).increment();
      prompt.increment(sourceTokens);
      completion.increment(targetTokens);
      prefilled.increment(sourceTokens);
      decoded.increment(targetTokens);
    }

    /// From the request to the last sentence.
    void translated(long nanos) {
      timer("bessemer.inference.translation", WAITS).record(nanos, TimeUnit.NANOSECONDS);
    }

    void waited(long nanos) {
      queue.record(nanos, TimeUnit.NANOSECONDS);
    }

    void first(long nanos) {
      firstToken.record(nanos, TimeUnit.NANOSECONDS);
      completion.increment();
    }

    void next(long nanos) {
      nextToken.record(nanos, TimeUnit.NANOSECONDS);
      completion.increment();
    }

    void loaded(long nanos) {
      load.record(nanos, TimeUnit.NANOSECONDS);
    }

    void prompt(int tokens) {
      prompt.increment(tokens);
    }

    /// @param outcome one of few words
    void request(String outcome) {
      registry
          .counter("bessemer.inference.requests", tags.and(Tag.of("outcome", outcome)))
          .increment();
    }
  }
}
