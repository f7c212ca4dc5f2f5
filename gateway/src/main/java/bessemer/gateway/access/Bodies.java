package bessemer.gateway.access;

import bessemer.gateway.Settings;
import bessemer.gateway.access.RefusedException.Reason;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Flux;

/// How long a request's body may be. One that declares its length is refused before it is read, one
/// that does not is counted.
final class Bodies {
  private static final PathPattern INFERENCE = PathPatternParser.defaultInstance.parse("/v1/**");
  private static final PathPattern TRANSLATION =
      PathPatternParser.defaultInstance.parse("/api/v1/translate");
  private static final PathPattern FILES =
      PathPatternParser.defaultInstance.parse(
          "/api/v1/{kind:sources|references}/{id}/files/{file}");

  private final Settings.Limits limits;

  Bodies(Settings.Limits limits) {
    this.limits = limits;
  }

  /// @return the exchange whose body ends with a [RefusedException] when it is too long
  /// @throws RefusedException if it says that it is
  ServerWebExchange bound(ServerWebExchange exchange) {
    ServerHttpRequest request = exchange.getRequest();
    DataSize most = most(request);
    long declared = request.getHeaders().getContentLength();
    if (declared > most.toBytes()) {
      throw tooLong(declared + " bytes", most);
    }
    boolean counted = declared < 0 && request.getHeaders().containsHeader("Transfer-Encoding");
    return counted ? exchange.mutate().request(new Counted(request, most)).build() : exchange;
  }

  private DataSize most(ServerHttpRequest request) {
    var path = request.getPath().pathWithinApplication();
    if (INFERENCE.matches(path) || TRANSLATION.matches(path)) {
      return limits.inference();
    }
    boolean upload = request.getMethod() == HttpMethod.PUT && FILES.matches(path);
    return upload ? limits.upload() : limits.json();
  }

  private static RefusedException tooLong(String length, DataSize most) {
    return new RefusedException(
        Reason.BODY,
        "the body has %s, this call takes %d bytes at most".formatted(length, most.toBytes()));
  }

  private static final class Counted extends ServerHttpRequestDecorator {
    private final DataSize most;

    Counted(ServerHttpRequest request, DataSize most) {
      super(request);
      this.most = most;
    }

    @Override
    public Flux<DataBuffer> getBody() {
      var seen = new AtomicLong();
      return super.getBody()
          .handle((buffer, out) -> {
            if (seen.addAndGet(buffer.readableByteCount()) > most.toBytes()) {
              DataBufferUtils.release(buffer);
              out.error(tooLong("more", most));
            } else {
              out.next(buffer);
            }
          });
    }
  }
}
