package bessemer.gateway.inference;

import bessemer.contracts.WorkerView;
import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.gateway.routes.RouteNames;
import bessemer.gateway.workers.Roster;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Answers what comes under `/v1`, and translations, by a worker: the best, and if that one fails
/// before the first byte of its answer, the second best.
final class InferenceFilter implements GatewayFilter {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceFilter.class);
  private static final int TRIES = 2;

  private final Roster roster;
  private final Load load = new Load();
  private final Choice choice = new Choice(load);
  private final Forwarding forwarding;
  private final ModelSizes sizes;
  private final int longestBody;

  /// @param longestBody in bytes
  InferenceFilter(Roster roster, Forwarding forwarding, ModelSizes sizes, int longestBody) {
    this.roster = roster;
    this.forwarding = forwarding;
    this.sizes = sizes;
    this.longestBody = longestBody;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
    RouteNames.forMetrics(exchange);
    return body(exchange)
        .flatMap(body -> roster.soon().flatMap(workers -> answer(exchange, body, workers)));
  }

  private Mono<Void> answer(ServerWebExchange exchange, byte[] body, List<WorkerView> workers) {
    if (exchange.getRequest().getMethod() != HttpMethod.POST) {
      return attempt(exchange, body, best(workers, "", 0), 0);
    }
    String model = ModelField.in(body);
    return sizes
        .of(model)
        .flatMap(bytes -> attempt(exchange, body, best(workers, model, bytes), 0));
  }

  private List<WorkerView> best(List<WorkerView> workers, String model, long bytes) {
    return choice.of(workers, model, bytes).stream().limit(TRIES).toList();
  }

  private Mono<Void> attempt(
      ServerWebExchange exchange, byte[] body, List<WorkerView> best, int index) {
    WorkerView worker = best.get(index);
    boolean last = index == best.size() - 1;
    return Mono.defer(
            () -> {
              load.begin(worker);
              return forwarding.to(worker, exchange, body, last).doFinally(_ -> load.end(worker));
            })
        .onErrorResume(
            UpstreamException.class,
            failure -> {
              if (exchange.getResponse().isCommitted()) {
                return Mono.error(failure);
              }
              if (failure.gone()) {
                load.doubt(worker);
              }
              if (last) {
                return Mono.error(down(failure));
              }
              LOG.warn("{}; asking {}", failure.reason(), best.get(index + 1).id());
              return attempt(exchange, body, best, index + 1);
            });
  }

  private static RefusedException down(UpstreamException failure) {
    return new RefusedException(
        Reason.UPSTREAM_DOWN,
        failure.reason() + "; `bessemer workers list` shows who is there",
        Duration.ofSeconds(2));
  }

  /// Whole, since it may have to be sent twice.
  private Mono<byte[]> body(ServerWebExchange exchange) {
    return DataBufferUtils.join(exchange.getRequest().getBody(), longestBody)
        .map(InferenceFilter::bytes)
        .defaultIfEmpty(new byte[0]);
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }
}
