package bessemer.inference.web;

import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Writes answers.
public final class Responses {
  private static final MediaType STREAM =
      MediaType.parseMediaType("text/event-stream;charset=utf-8");

  private Responses() {}

  /// The whole answer at once.
  public static Mono<Void> json(ServerHttpResponse response, Object shape) {
    response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
    return response.writeWith(
        Mono.fromSupplier(() -> response.bufferFactory().wrap(Wire.bytes(shape))));
  }

  /// Events, each written and flushed by itself.
  public static Mono<Void> stream(ServerHttpResponse response, Flux<byte[]> events) {
    response.getHeaders().setContentType(STREAM);
    response.getHeaders().setCacheControl("no-cache");
    response.getHeaders().set("X-Accel-Buffering", "no"); // for proxies that hold streams back
    return response.writeAndFlushWith(
        events.map(bytes -> Mono.just(response.bufferFactory().wrap(bytes))));
  }
}
