package bessemer.gateway;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/// Stands where a service would, and remembers what came.
public final class Upstream implements AutoCloseable {
  public final Map<String, HttpHeaders> seen = new ConcurrentHashMap<>();
  public final AtomicInteger requests = new AtomicInteger();
  public final AtomicLong uploaded = new AtomicLong();
  public final CountDownLatch streamCancelled = new CountDownLatch(1);
  public final CountDownLatch translationCancelled = new CountDownLatch(1);
  public volatile Sinks.Many<String> stream = Sinks.many().unicast().onBackpressureBuffer();

  /// The events of a translation, as they are.
  public volatile Sinks.Many<String> translation = Sinks.many().unicast().onBackpressureBuffer();

  /// The bodies of the translations that were asked for.
  public final List<String> translations = new CopyOnWriteArrayList<>();

  /// The report of every model; null for none.
  public volatile @Nullable String parity;

  private final DisposableServer server =
      HttpServer.create()
          .host("127.0.0.1")
          .port(0)
          .route(routes ->
              routes
                  .get("/api/v1/models", this::models)
                  .get("/api/v1/models/stream", this::events)
                  .get("/api/v1/models/{name}/parity", this::parity)
                  .get("/api/v1/models/{name}/languages", this::languages)
                  .post("/api/v1/translate", this::translate)
                  .get("/api/v1/models/unsigned", (_, out) -> out.status(401).send())
                  .get("/api/v1/evaluations/{id}", this::models)
                  .put("/api/v1/sources/{id}/files/{file}", this::upload)
                  .post("/api/v1/sources", this::upload)
                  .post("/v1/chat/completions", this::events))
          .bindNow(Duration.ofSeconds(10));

  public String url() {
    return "http://127.0.0.1:" + server.port();
  }

  private Mono<Void> models(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    return out.header("Content-Type", "application/json").sendString(Mono.just("[]")).then();
  }

  private Mono<Void> parity(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    String report = parity;
    return report == null
        ? out.sendNotFound()
        : out.header("Content-Type", "application/json").sendString(Mono.just(report)).then();
  }

  private Mono<Void> languages(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    String all =
        """
        {"items":[{"code":"eng_Latn","name":"English"},{"code":"fra_Latn","name":"French"},
                  {"code":"zho_Hans","name":"Chinese (Simplified)"},
                  {"code":"deu_Latn","name":"German"}],"cursor":null}
        """;
    return out.header("Content-Type", "application/json").sendString(Mono.just(all)).then();
  }

  private Mono<Void> translate(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    return in.receive()
        .aggregate()
        .asString()
        .flatMap(body -> {
          translations.add(body);
          Flux<String> events = translation.asFlux().doOnCancel(translationCancelled::countDown);
          return out.sse()
              .send(
                  events.map(event -> Unpooled.copiedBuffer(event, StandardCharsets.UTF_8)),
                  _ -> true)
              .then();
        });
  }

  private Mono<Void> events(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    Flux<String> events = stream.asFlux().doOnCancel(streamCancelled::countDown);
    return out.sse()
        .send(
            events.map(
                event -> Unpooled.copiedBuffer("data: " + event + "\n\n", StandardCharsets.UTF_8)),
            _ -> true)
        .then();
  }

  private Mono<Void> upload(HttpServerRequest in, HttpServerResponse out) {
    remember(in);
    return in.receive()
        .doOnNext(piece -> uploaded.addAndGet(piece.readableBytes()))
        .then(out.status(200).send());
  }

  private void remember(HttpServerRequest in) {
    requests.incrementAndGet();
    seen.put("/" + in.path(), in.requestHeaders().copy());
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(5));
  }
}
