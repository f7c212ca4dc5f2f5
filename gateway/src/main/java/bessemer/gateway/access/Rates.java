package bessemer.gateway.access;

import bessemer.gateway.Settings;
import bessemer.gateway.access.RefusedException.Reason;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/// Gives every key its share: so many requests in a second, and so many at the same time.
final class Rates {
  private final Settings.Limits limits;
  private final Map<String, Share> shares = new ConcurrentHashMap<>();

  private record Share(Bucket bucket, AtomicInteger running) {}

  Rates(Settings.Limits limits) {
    this.limits = limits;
  }

  /// @param answer to one request of the key; a stream counts until it ends or its client goes
  Mono<Void> within(String keyId, Mono<Void> answer) {
    Share share = shares.computeIfAbsent(keyId, _ -> new Share(bucket(), new AtomicInteger()));
    ConsumptionProbe asked = share.bucket.tryConsumeAndReturnRemaining(1);
    if (!asked.isConsumed()) {
      throw new RefusedException(
          Reason.RATE,
          "this key makes more than %d requests per second".formatted(limits.requestsPerSecond()),
          Duration.ofNanos(asked.getNanosToWaitForRefill()));
    }
    if (share.running.incrementAndGet() > limits.concurrent()) {
      share.running.decrementAndGet();
      throw new RefusedException(
          Reason.CONCURRENCY,
          "%d requests and streams of this key are open already".formatted(limits.concurrent()),
          Duration.ofSeconds(1));
    }
    return answer.doFinally(_ -> share.running.decrementAndGet());
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit ->
            limit
                .capacity(limits.burst())
                .refillGreedy(limits.requestsPerSecond(), Duration.ofSeconds(1)))
        .build();
  }
}
