package bessemer.gateway.inference;

import bessemer.contracts.WorkerBeat;
import bessemer.service.tls.OwnCertificate;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/// An inference worker as the gateway sees it; each test says what it answers.
final class FakeWorker implements AutoCloseable {
  interface Answer {
    Mono<Void> to(HttpServerRequest request, HttpServerResponse response);
  }

  final String id;
  final List<String> bodies = new CopyOnWriteArrayList<>();
  final List<String> authorizations = new CopyOnWriteArrayList<>();
  final CountDownLatch left = new CountDownLatch(1);
  final @Nullable OwnCertificate certificate;
  private final DisposableServer server;
  volatile Answer answer = (_, out) -> json(out, 200, "{\"by\":\"%s\"}".formatted(id()));

  private FakeWorker(String id, @Nullable OwnCertificate certificate) {
    this.id = id;
    this.certificate = certificate;
    HttpServer http = HttpServer.create().host("127.0.0.1").port(0).handle(this::answer);
    HttpServer https =
        certificate == null ? http : http.secure(s -> s.sslContext(tls(certificate)));
    this.server = https.bindNow(Duration.ofSeconds(10));
  }

  static FakeWorker plain(String id) {
    return new FakeWorker(id, null);
  }

  static FakeWorker https(String id, OwnCertificate certificate) {
    return new FakeWorker(id, certificate);
  }

  private String id() {
    return id;
  }

  private Mono<Void> answer(HttpServerRequest in, HttpServerResponse out) {
    in.withConnection(
        connection -> connection.onTerminate().subscribe(null, null, left::countDown));
    authorizations.add(in.requestHeaders().get("Authorization", ""));
    return in.receive()
        .aggregate()
        .asString()
        .defaultIfEmpty("")
        .flatMap(body -> {
          bodies.add(in.uri() + " " + body);
          return answer.to(in, out);
        });
  }

  static Mono<Void> json(HttpServerResponse out, int status, String body) {
    return out.status(status)
        .header("Content-Type", "application/json")
        .header("Retry-After", "7")
        .sendString(Mono.just(body))
        .then();
  }

  static Mono<Void> events(HttpServerResponse out, Flux<String> events) {
    return pieces(out.sse(), events.map(event -> "data: " + event + "\n\n"));
  }

  /// Each sent as soon as it is there.
  static Mono<Void> pieces(HttpServerResponse out, Flux<String> pieces) {
    return out.send(
            pieces.map(piece -> Unpooled.copiedBuffer(piece, StandardCharsets.UTF_8)), _ -> true)
        .then();
  }

  /// Ends the connection in the middle of whatever was being said.
  static Mono<Void> hangUp(HttpServerResponse out) {
    out.withConnection(connection -> connection.channel().close());
    return Mono.never();
  }

  WorkerBeat beat(int busy, long memoryBytes, long budget, String... loaded) {
    String url = (certificate == null ? "http" : "https") + "://127.0.0.1:" + server.port();
    return new WorkerBeat(
        WorkerBeat.INFERENCE,
        url,
        null,
        certificate == null ? null : certificate.fingerprint(),
        "test",
        List.of("cpu"),
        Stream.of(loaded).map(name -> new WorkerBeat.Loaded(name, "v", 1)).toList(),
        busy,
        memoryBytes,
        budget);
  }

  private static SslContext tls(OwnCertificate certificate) {
    return new JdkSslContext(
        certificate.context(),
        false,
        null,
        IdentityCipherSuiteFilter.INSTANCE,
        ApplicationProtocolConfig.DISABLED,
        ClientAuth.NONE,
        null,
        false);
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(5));
  }
}
