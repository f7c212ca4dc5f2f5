package bessemer.inference.openai;

import bessemer.inference.serving.Lease;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.StoredModel;
import bessemer.inference.web.Requests;
import bessemer.inference.web.Responses;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Request;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// Answers conversations and continues texts. Reading, looking up, loading and encoding happen on a
/// thread that may block; from then on the model's thread speaks to the client.
@RestController
final class Completions {
  private final Serving serving;
  private final Asking asking;
  private final Ids ids;
  private final Clock clock;
  private final Scheduler blocking;

  Completions(Serving serving, Asking asking, Ids ids, Clock clock, Scheduler blocking) {
    this.serving = serving;
    this.asking = asking;
    this.ids = ids;
    this.clock = clock;
    this.blocking = blocking;
  }

  @PostMapping("/v1/chat/completions")
  Mono<Void> chat(ServerWebExchange exchange) {
    return answer(exchange, Format.Kind.CHAT);
  }

  @PostMapping("/v1/completions")
  Mono<Void> text(ServerWebExchange exchange) {
    return answer(exchange, Format.Kind.TEXT);
  }

  private Mono<Void> answer(ServerWebExchange exchange, Format.Kind kind) {
    return Mono.defer(() -> {
      Reply reply = new Reply();
      String client = Requests.client(exchange);
      return Requests.body(exchange.getRequest())
          .flatMap(body ->
              Mono.fromCallable(() -> beginUnlessGone(kind, body, client, reply))
                  .subscribeOn(blocking))
          .flatMap(begun -> write(exchange, begun, reply))
          .doFinally(_ -> reply.cancel()); // the client may have left
    });
  }

  private record Begun(Asked asked, Format format) {}

  /// Null when nobody waits for the answer any more; what was interrupted then is no error.
  private @Nullable Begun beginUnlessGone(Format.Kind kind, byte[] body, String client, Reply reply)
      throws InterruptedException {
    try {
      return begin(kind, body, client, reply);
    } catch (InterruptedException | RuntimeException e) {
      if (reply.isCancelled()) {
        return null;
      }
      throw e;
    }
  }

  /// Up to the point where the model has the request in its queue.
  private Begun begin(Format.Kind kind, byte[] body, String client, Reply reply)
      throws InterruptedException {
    Asked asked =
        switch (kind) {
          case CHAT -> asking.chat(body);
          case TEXT -> asking.text(body);
        };
    try (Lease lease = serving.open(asked.model())) {
      List<Request> requests = new Prompts(lease.speaker(), clock).of(asked);
      List<Lease.Order> orders = new ArrayList<>();
      for (Request request : requests) {
        orders.add(new Lease.Order(request, reply.listener(orders.size())));
      }
      reply.expect(orders.size());
      reply.follow(lease, lease.submit(client, orders));
      return new Begun(asked, format(kind, lease.model()));
    }
  }

  private Format format(Format.Kind kind, StoredModel model) {
    String version = model.version().substring(0, Math.min(8, model.version().length()));
    return new Format(
        kind,
        ids.next(kind.prefix()),
        clock.instant().getEpochSecond(),
        model.name(),
        "fp_" + version);
  }

  private Mono<Void> write(ServerWebExchange exchange, Begun begun, Reply reply) {
    ServerHttpResponse response = exchange.getResponse();
    if (!begun.asked.stream()) {
      return ends(reply).flatMap(texts -> Responses.json(response, begun.format.whole(texts)));
    }
    var events = new EventStream(begun.format, begun.asked.includeUsage());
    return Responses.stream(response, events.of(reply.events()));
  }

  private static Mono<List<Generated>> ends(Reply reply) {
    return reply
        .events()
        .ofType(Reply.Event.End.class)
        .sort(Comparator.comparingInt(Reply.Event.End::index))
        .map(Reply.Event.End::text)
        .collectList();
  }
}
