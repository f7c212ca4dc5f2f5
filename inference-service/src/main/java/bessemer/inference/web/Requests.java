package bessemer.inference.web;

import bessemer.service.Caller;
import bessemer.service.SignedCalls;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Who asks, and what.
public final class Requests {
  private static final int MOST_BODY_BYTES = 8 << 20;

  private Requests() {}

  /// The API key on whose behalf the gateway asks; nobody in particular without a gateway.
  public static String client(ServerWebExchange exchange) {
    Caller caller = SignedCalls.knownCaller(exchange);
    return caller == null ? "" : caller.keyId();
  }

  /// All of a body, of 8 MiB at most.
  public static Mono<byte[]> body(ServerHttpRequest request) {
    return DataBufferUtils.join(request.getBody(), MOST_BODY_BYTES)
        .map(Requests::drained)
        .defaultIfEmpty(new byte[0]);
  }

  private static byte[] drained(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }
}
