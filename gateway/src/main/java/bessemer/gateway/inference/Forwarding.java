package bessemer.gateway.inference;

import bessemer.contracts.WorkerView;
import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.gateway.access.Visitor;
import bessemer.gateway.workers.Roster;
import bessemer.gateway.workers.WorkerClients;
import bessemer.service.CallSigner;
import bessemer.service.RequestIds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/// One try to have one worker answer. Each piece of the answer goes to the client as it comes; when
/// the client goes, the connection to the worker is closed, which ends its work.
final class Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
  private static final String SERVICE = "inference-service";
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final int QUEUE_FULL = 429;
  private static final int UNAVAILABLE = 503;
  private static final int UNAUTHORIZED = 401;
  private static final List<String> REQUEST_HEADERS =
      List.of("Content-Type", "Accept", RequestIds.HEADER, "traceparent", "tracestate");
  private static final List<String> RESPONSE_HEADERS =
      List.of("Content-Type", "Content-Length", "Cache-Control", "Retry-After");
  private static final String BROKEN =
      """


      data: {"error":{"message":"the answer broke off: %s","type":"server_error","param":null,\
      "code":"worker_lost"}}

      """;
  private static final String BROKEN_PROBLEM =
      """


      event: error
      data: {"type":"about:blank","title":"Service Unavailable","status":503,\
      "detail":"the answer broke off: %s"}

      """;

  private final WorkerClients clients;
  private final CallSigner signer;
  private final Roster roster;

  Forwarding(WorkerClients clients, CallSigner signer, Roster roster) {
    this.clients = clients;
    this.signer = signer;
    this.roster = roster;
  }

  /// @param last whether no other worker can be asked, so that also a refusal is an answer
  /// @return fails with an [UpstreamException] while nothing of the answer has gone to the client
  Mono<Void> to(WorkerView worker, ServerWebExchange exchange, byte[] body, boolean last) {
    HttpClient client = clients.to(worker).headers(headers -> copyTo(headers, exchange));
    return client
        .request(HttpMethod.valueOf(exchange.getRequest().getMethod().name()))
        .uri(target(worker, exchange.getRequest()))
        .send(
            body.length == 0 ? Mono.empty() : Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
        .response((answer, content) -> relay(worker, exchange, answer, content, last))
        .then()
        .takeUntilOther(lost(worker, () -> !exchange.getResponse().isCommitted()))
        .onErrorMap(failure -> broken(worker, exchange, failure));
  }

  private Mono<Void> relay(
      WorkerView worker,
      ServerWebExchange exchange,
      HttpClientResponse answer,
      ByteBufFlux content,
      boolean last) {
    int status = answer.status().code();
    if (status == UNAUTHORIZED) {
      return Mono.error(unsigned(worker));
    }
    if (!last && (status == QUEUE_FULL || status == UNAVAILABLE)) {
      return Mono.error(UpstreamException.refuses(worker, status));
    }
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(HttpStatusCode.valueOf(status));
    for (String name : RESPONSE_HEADERS) {
      String value = answer.responseHeaders().get(name);
      if (value != null) {
        response.getHeaders().set(name, value);
      }
    }
    Flux<DataBuffer> pieces =
        content
            .retain()
            .map(piece -> wrap(response, piece))
            .takeUntilOther(lost(worker, () -> true));
    if (MediaType.TEXT_EVENT_STREAM.isCompatibleWith(response.getHeaders().getContentType())) {
      boolean api =
          exchange.getRequest().getPath().pathWithinApplication().value().startsWith("/api/");
      String broken = api ? BROKEN_PROBLEM : BROKEN;
      pieces = endingWithTheReason(pieces, worker, broken, response);
    }
    return response.writeAndFlushWith(pieces.map(Mono::just));
  }

  /// A stream that has begun cannot turn into an error any more: its client reads why it ends.
  private static Flux<DataBuffer> endingWithTheReason(
      Flux<DataBuffer> pieces, WorkerView worker, String broken, ServerHttpResponse response) {
    return pieces.switchOnFirst((first, all) ->
        first.hasValue()
            ? all.onErrorResume(failure -> {
              LOG.warn("worker {} broke off: {}", worker.id(), failure.toString());
              String reason = "worker " + worker.id() + " went away";
              byte[] event = broken.formatted(reason).getBytes(StandardCharsets.UTF_8);
              return Mono.just(response.bufferFactory().wrap(event));
            })
            : all);
  }

  private void copyTo(HttpHeaders headers, ServerWebExchange exchange) {
    for (String name : REQUEST_HEADERS) {
      String value = exchange.getRequest().getHeaders().getFirst(name);
      if (value != null) {
        headers.set(name, value);
      }
    }
    String token = signer.token(SERVICE, Visitor.known(exchange).caller());
    headers.set("Authorization", "Bearer " + token);
  }

  private static URI target(WorkerView worker, ServerHttpRequest request) {
    String query = request.getURI().getRawQuery();
    String path = request.getURI().getRawPath() + (query == null ? "" : "?" + query);
    return URI.create(worker.last().url()).resolve(path);
  }

  private static DataBuffer wrap(ServerHttpResponse response, ByteBuf piece) {
    return ((NettyDataBufferFactory) response.bufferFactory()).wrap(piece);
  }

  /// Fails when the worker is not heard of any more: a machine without power closes no connection.
  ///
  /// @param relevant whether to look
  private Mono<Void> lost(WorkerView worker, BooleanSupplier relevant) {
    return Flux.interval(LOOK)
        .onBackpressureDrop()
        .filter(_ -> relevant.getAsBoolean())
        .concatMap(_ -> roster.soon())
        .filter(all -> all.stream().noneMatch(other -> isLive(other, worker)))
        .next()
        .flatMap(_ -> Mono.error(UpstreamException.gone(worker, "is lost")));
  }

  private static boolean isLive(WorkerView other, WorkerView worker) {
    return other.id().equals(worker.id()) && !other.state().equals("lost");
  }

  private static Throwable broken(
      WorkerView worker, ServerWebExchange exchange, Throwable failure) {
    boolean ours = failure instanceof RefusedException || failure instanceof UpstreamException;
    if (ours || exchange.getResponse().isCommitted()) {
      return failure;
    }
    return UpstreamException.gone(worker, "does not answer: " + failure.getMessage());
  }

  /// The client's key is good, or the request would not be here: so this is not the client's
  /// matter.
  private static RefusedException unsigned(WorkerView worker) {
    return new RefusedException(
        Reason.UPSTREAM_REFUSED,
        "worker %s does not accept this gateway's signature; do the clocks of both machines agree?"
            .formatted(worker.id()));
  }
}
