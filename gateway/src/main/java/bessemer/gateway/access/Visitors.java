package bessemer.gateway.access;

import bessemer.db.access.ApiKeys;
import bessemer.db.access.Sessions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Finds out who makes a request, by its key or its session.
final class Visitors {
  static final String COOKIE = "bsm_session";

  /// How long an answer of the database is good: so long a key lives on that another process
  /// revoked. What this process revokes ends at once.
  private static final Duration MEMORY = Duration.ofMillis(900);

  private static final Pattern BEARER = Pattern.compile("(?i)Bearer +(\\S+) *");

  private final ApiKeys keys;
  private final Sessions sessions;
  private final Recent<ByteBuffer, Visitor> recent;
  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());

  Visitors(ApiKeys keys, Sessions sessions, Clock clock) {
    this.keys = keys;
    this.sessions = sessions;
    this.recent = new Recent<>(MEMORY, clock);
  }

  /// Empty if the request brings neither a key nor a session that is good. A key that is not good
  /// is never made up for by a cookie.
  Mono<Visitor> of(ServerHttpRequest request) {
    String header = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    if (header != null) {
      Matcher bearer = BEARER.matcher(header);
      return bearer.matches() ? withKey(bearer.group(1)) : Mono.empty();
    }
    HttpCookie cookie = request.getCookies().getFirst(COOKIE);
    return cookie == null ? Mono.empty() : withSession(cookie.getValue());
  }

  Mono<Visitor> withKey(String key) {
    return remembered("key " + key, () -> keys.verify(key).map(Visitor::of));
  }

  /// After a key or a session ended.
  void forget() {
    recent.clear();
  }

  private Mono<Visitor> withSession(String cookie) {
    return remembered("session " + cookie, () -> sessions.find(cookie).map(Visitor::of));
  }

  /// The memory holds hashes: no secret stays in the heap longer than its request.
  private Mono<Visitor> remembered(String secret, Callable<Optional<Visitor>> look) {
    ByteBuffer hash = hash(secret);
    return recent
        .get(hash)
        .map(Mono::just)
        .orElseGet(() ->
            Mono.fromCallable(look)
                .subscribeOn(blocking)
                .flatMap(Mono::justOrEmpty)
                .doOnNext(found -> recent.put(hash, found)));
  }

  private static ByteBuffer hash(String secret) {
    try {
      return ByteBuffer.wrap(
          MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
