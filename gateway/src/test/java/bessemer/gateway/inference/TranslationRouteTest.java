package bessemer.gateway.inference;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import com.nimbusds.jwt.SignedJWT;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Translations on their way to a worker and back.
class TranslationRouteTest extends TwoWorkers {
  private static final String TRANSLATE = "/api/v1/translate";
  private static final String BODY =
      "{\"model\":\"nllb\",\"text\":\"a\",\"source_lang\":\"en\",\"target_lang\":\"fr\"}";

  private static HttpRequest.Builder request(String key, String body) {
    return bessemer
        .request(TRANSLATE, key)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  @Test
  void theWorkerThatHasTheTranslatorGetsTheBodyAndASignature() throws Exception {
    there(first.beat(0, 0, GB));
    there(second, second.beat(3, 100, GB, "nllb"));

    assertThat(by(bessemer.send(request(key, BODY)))).isEqualTo("second");

    assertThat(second.bodies).containsExactly(TRANSLATE + " " + BODY);
    SignedJWT token =
        SignedJWT.parse(second.authorizations.getFirst().replaceFirst("^Bearer ", ""));
    assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("inference-service");
  }

  @Test
  void aProblemOfTheWorkerStaysOne() {
    there(first.beat(0, 0, GB));
    first.answer =
        (_, out) ->
            out.status(400)
                .header("Content-Type", "application/problem+json")
                .sendString(Mono.just("{\"status\":400,\"field\":\"source_lang\"}"))
                .then();

    HttpResponse<String> answer = bessemer.send(request(key, BODY));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(bessemer.json(answer).get("field").asString()).isEqualTo("source_lang");
  }

  @Test
  void onlyKeysThatMayInferTranslateAndTheyMaySeeTheLanguages() {
    there(first.beat(0, 0, GB));
    HttpResponse<String> reader = bessemer.send(request(bessemer.key(Scope.READ), BODY));
    String languages = "/api/v1/models/nllb/languages";

    assertThat(reader.statusCode()).isEqualTo(403);
    assertThat(bessemer.json(reader).get("detail").asString()).contains("the scope infer");
    assertThat(first.bodies).isEmpty();
    assertThat(bessemer.get(languages, key).statusCode()).isEqualTo(200);
    assertThat(bessemer.get("/api/v1/models/nllb", key).statusCode()).isEqualTo(403);
  }

  @Test
  void whatTheGatewayRefusesIsAProblem() {
    there(first.beat(0, 0, GB));
    JsonNode problem = bessemer.json(bessemer.send(request(key, "{\"text\":\"a\"}")));

    assertThat(problem.get("status").asInt()).isEqualTo(400);
    assertThat(problem.get("field").asString()).isEqualTo("model");
    assertThat(bessemer.send(request(key, "x".repeat(3 << 20))).statusCode()).isEqualTo(400);
    assertThat(bessemer.send(request(key, "x".repeat(5 << 20))).statusCode()).isEqualTo(413);
  }

  @Test
  void aStreamThatBreaksOffEndsWithAProblem() {
    there(first.beat(0, 0, GB));
    first.answer =
        (_, out) ->
            FakeWorker.pieces(
                out.sse(),
                Flux.just("event: sentence\ndata: {}\n\n")
                    .concatWith(Flux.defer(() -> FakeWorker.hangUp(out).thenMany(Flux.empty()))));

    HttpResponse<String> answer = bessemer.send(request(key, BODY));

    assertThat(answer.body()).startsWith("event: sentence\ndata: {}\n\n");
    String last = answer.body().strip().lines().toList().getLast();
    assertThat(answer.body()).contains("event: error\n" + last);
    JsonNode problem = new JsonMapper().readTree(last.replaceFirst("^data: ", ""));
    assertThat(problem.get("status").asInt()).isEqualTo(503);
    assertThat(problem.get("detail").asString()).contains("worker first went away");
  }

  @Test
  void theClientThatLeavesEndsTheWorkersWork() throws Exception {
    there(first.beat(0, 0, GB));
    first.answer =
        (_, out) -> FakeWorker.pieces(out.sse(), Flux.just("event: x\n").concatWith(Flux.never()));
    HttpResponse<InputStream> answer =
        bessemer.http.send(request(key, BODY).build(), BodyHandlers.ofInputStream());
    assertThat(answer.body().read()).isEqualTo('e');

    answer.body().close();

    assertThat(first.left.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
