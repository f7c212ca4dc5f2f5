package bessemer.gateway.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/// Which worker answers.
class InferenceTest extends TwoWorkers {
  @Test
  void theWorkerThatHasTheModelAnswersThoughItIsBusier() {
    there(first.beat(0, 0, GB));
    there(second, second.beat(5, 100, GB, "qwen"));

    assertThat(by(ask("qwen"))).isEqualTo("second");
    assertThat(by(ask("another"))).isEqualTo("first");
  }

  @Test
  void theWorkerSeesTheSameBodyAndASignatureInsteadOfTheKey() throws Exception {
    there(first.beat(0, 0, GB));

    ask("qwen");

    assertThat(first.bodies).containsExactly(CHAT + " " + body("qwen"));
    SignedJWT token = SignedJWT.parse(first.authorizations.getFirst().replaceFirst("^Bearer ", ""));
    assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("inference-service");
    assertThat(key).contains(token.getJWTClaimsSet().getSubject());
  }

  @Test
  void requestsThatAreSentSinceTheLastBeatCount() throws Exception {
    there(first.beat(0, 0, GB));
    there(second, second.beat(0, 0, GB));
    first.answer = (_, _) -> Mono.never();
    var waiting = bessemer.http.sendAsync(chat("qwen").build(), BodyHandlers.ofString());
    until(() -> first.bodies.size() == 1);

    assertThat(by(ask("qwen"))).isEqualTo("second");

    waiting.cancel(true);
  }

  @Test
  void withoutAnyWorkerTheAnswerSaysWhatToDo() throws Exception {
    until(() -> ask("qwen").body().contains("worker --join")); // it remembers workers for a moment

    HttpResponse<String> response = ask("qwen");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    JsonNode error = bessemer.json(response).get("error");
    assertThat(error.get("message").asString()).contains("bessemer up", "bessemer worker --join");
    assertThat(error.get("type").asString()).isEqualTo("server_error");
  }

  @Test
  void drainingAndLostWorkersGetNothing() {
    there(first.beat(0, 0, GB, "qwen"));
    there(second, second.beat(9, 0, GB));
    send("POST", "/api/v1/workers/first/drain");
    assertThat(by(ask("qwen"))).isEqualTo("second");

    send("POST", "/api/v1/workers/second/drain");
    assertThat(message(ask("qwen"))).contains("all 2 inference workers are draining");

    send("POST", "/api/v1/workers/first/undrain");
    assertThat(by(ask("qwen"))).isEqualTo("first");

    send("POST", "/api/v1/workers/second/undrain");
    bessemer
        .database()
        .sql("update worker set last_seen = now() - interval '31 seconds' where id = 'first'")
        .update();
    there(second, second.beat(9, 0, GB)); // and the gateway forgets what it knew
    assertThat(by(ask("qwen"))).isEqualTo("second");
  }

  @Test
  void aModelThatIsTooLargeForAllIsRefusedWithTheNumbers() {
    bessemer
        .database()
        .sql(
            """
            insert into model (name, version, directory, format, architecture, precision, state,
                               bytes, lineage)
            values ('huge', gen_random_uuid(), 'huge', 'mlx', 'llama', 'fp32', 'proved',
                    9000000000, '{}')
            """)
        .update();
    there(first.beat(0, 0, GB));
    there(second, second.beat(0, 0, 4 * GB));

    assertThat(message(ask("huge")))
        .contains("model huge takes 9.0 GB", "the largest budget is 4.3 GB, of worker second");
  }

  @Test
  void aBodyWithoutAModelIsRefusedAtTheDoor() {
    there(first.beat(0, 0, GB));
    for (String body : List.of("", "[]", "{\"messages\":[]}", "{\"model\":7}", "{\"model\"")) {
      HttpResponse<String> response =
          bessemer.send(bessemer.request(CHAT, key).POST(BodyPublishers.ofString(body)));

      assertThat(response.statusCode()).as(body).isEqualTo(400);
      JsonNode error = bessemer.json(response).get("error");
      assertThat(error.get("param").asString()).as(body).isEqualTo("model");
    }
    assertThat(first.bodies).isEmpty();
  }

  @Test
  void whatNeedsNoModelGoesToAnyWorker() {
    there(first.beat(0, 0, GB));

    HttpResponse<String> response = bessemer.get("/v1/models?x=1", key);

    assertThat(by(response)).isEqualTo("first");
    assertThat(first.bodies).containsExactly("/v1/models?x=1 ");
  }
}
