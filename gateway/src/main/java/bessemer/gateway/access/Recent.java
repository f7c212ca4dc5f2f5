package bessemer.gateway.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Remembers answers for a short time. Holds a bounded number, and forgets all when there are more.
final class Recent<K, V> {
  private static final int MOST = 10_000;

  private final Map<K, Known<V>> known = new ConcurrentHashMap<>();
  private final Duration life;
  private final Clock clock;

  private record Known<V>(V value, Instant until) {}

  Recent(Duration life, Clock clock) {
    this.life = life;
    this.clock = clock;
  }

  Optional<V> get(K key) {
    Known<V> found = known.get(key);
    return found != null && clock.instant().isBefore(found.until)
        ? Optional.of(found.value)
        : Optional.empty();
  }

  void put(K key, V value) {
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(key, new Known<>(value, clock.instant().plus(life)));
  }

  void clear() {
    known.clear();
  }
}
