package bessemer.inference.translation;

import bessemer.contracts.TranslationRequest;
import bessemer.contracts.TranslationView;
import bessemer.inference.serving.Serving;
import bessemer.inference.serving.TranslatorLease;
import bessemer.inference.web.Failures;
import bessemer.inference.web.Requests;
import bessemer.inference.web.Responses;
import bessemer.inference.web.Wire;
import bessemer.service.RequestIds;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// Translates texts. Reading, looking up, loading and encoding happen on a thread that may block;
/// from then on the model's thread speaks to the client.
@RestController
final class Translations {
  private static final String SENTENCE = "sentence";
  private static final String DONE = "done";
  private static final String ERROR = "error";

  private final Serving serving;
  private final Scheduler blocking;

  Translations(Serving serving, Scheduler blocking) {
    this.serving = serving;
    this.blocking = blocking;
  }

  @PostMapping("/api/v1/translate")
  Mono<Void> translate(ServerWebExchange exchange) {
    return Mono.defer(() -> {
      Reply reply = new Reply();
      String client = Requests.client(exchange);
      return Requests.body(exchange.getRequest())
          .flatMap(body ->
              Mono.fromCallable(() -> beginUnlessGone(body, client, reply)).subscribeOn(blocking))
          .flatMap(asked -> write(exchange, asked, reply))
          .doFinally(_ -> reply.cancel()); // the client may have left
    });
  }

  /// Null when nobody waits for the answer any more; what was interrupted then is no error.
  private @Nullable Asked beginUnlessGone(byte[] body, String client, Reply reply)
      throws InterruptedException {
    try {
      return begin(body, client, reply);
    } catch (InterruptedException | RuntimeException e) {
      if (reply.isCancelled()) {
        return null;
      }
      throw e;
    }
  }

  /// Up to the point where the model has the sentences in its queue.
  private Asked begin(byte[] body, String client, Reply reply) throws InterruptedException {
    TranslationRequest request = Asking.of(body);
    try (TranslatorLease lease = serving.openTranslator(request.model())) {
      Asked asked = Asked.of(request, lease.interpreter());
      reply.follow(lease, lease.submit(client, asked.order(), reply));
      return asked;
    }
  }

  private static Mono<Void> write(ServerWebExchange exchange, Asked asked, Reply reply) {
    ServerHttpResponse response = exchange.getResponse();
    var answer = new Answer(asked);
    return asked.stream()
        ? Responses.stream(response, stream(answer, reply, RequestIds.of(exchange)))
        : whole(answer, reply).flatMap(view -> Responses.json(response, view));
  }

  private static Mono<TranslationView> whole(Answer answer, Reply reply) {
    return reply
        .events()
        .<TranslationView>handle((event, out) -> {
          switch (event) {
            case Reply.Event.Sentence(var sentence) -> answer.add(sentence);
            case Reply.Event.End(var timing) -> out.next(answer.whole(timing));
          }
        })
        .next();
  }

  /// A failure before the first byte stays a failure; after it, it is an event, and the last one.
  private static Flux<byte[]> stream(Answer answer, Reply reply, @Nullable String requestId) {
    Flux<byte[]> events =
        reply
            .events()
            .map(event ->
                switch (event) {
                  case Reply.Event.Sentence(var sentence) ->
                      Wire.event(SENTENCE, answer.add(sentence));
                  case Reply.Event.End(var timing) -> Wire.event(DONE, answer.whole(timing));
                });
    return events.switchOnFirst((first, all) ->
        first.hasValue()
            ? all.onErrorResume(
                failure -> Flux.just(Wire.event(ERROR, Failures.of(failure).problem(requestId))))
            : all);
  }
}
