package bessemer.gateway.routes;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import bessemer.gateway.access.Visitor;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

class ForwardingTest {
  private static Installation bessemer;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void aServiceSeesASignatureAndNeverTheKey() throws Exception {
    KeyView made = bessemer.made(Scope.READ, Scope.INFER);
    HttpResponse<String> response =
        bessemer.send(
            bessemer
                .request("/api/v1/models", String.valueOf(made.key()))
                .header("Cookie", "bsm_session=secret; other=1")
                .header("X-Forwarded-For", "10.0.0.1")
                .header("X-Request-Id", "request-18"));
    assertThat(response.body()).isEqualTo("[]");

    HttpHeaders seen = bessemer.upstream.seen.get("/api/v1/models");
    assertThat(seen.get("X-Request-Id")).isEqualTo("request-18");
    assertThat(seen.toString()).doesNotContain(String.valueOf(made.key()), "secret", "10.0.0.1");
    SignedJWT token = SignedJWT.parse(seen.get("Authorization").substring("Bearer ".length()));
    var key = TokenKeys.readPublic(TokenKeys.publicFile(bessemer.home.resolve("keys")));
    assertThat(token.verify(new ECDSAVerifier(key))).isTrue();
    assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("conversion-service");
    assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo(made.id());
    assertThat(token.getJWTClaimsSet().getStringClaim("scope")).isEqualTo("infer read");
  }

  @Test
  void evaluationsAreTheEvaluationServices() throws Exception {
    String path = "/api/v1/evaluations/00000000-0000-0000-0000-000000000001";
    bessemer.get(path, bessemer.key(Scope.READ));
    String seen = bessemer.upstream.seen.get(path).get("Authorization");
    SignedJWT token = SignedJWT.parse(seen.substring("Bearer ".length()));
    assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("eval-service");
  }

  @Test
  void onlyAClientOnThisMachineMayNameItsFiles(@TempDir Path keys) {
    var signer = new CallSigner(TokenKeys.loadOrCreate(keys), Clock.systemUTC());
    assertThat(localPath(new SignedForwarding(signer, false), "127.0.0.1")).isEqualTo("/model");
    assertThat(localPath(new SignedForwarding(signer, false), "192.168.1.5")).isNull();
    assertThat(localPath(new SignedForwarding(signer, true), "127.0.0.1")).isNull();
  }

  private static @Nullable String localPath(SignedForwarding signed, String client) {
    var exchange =
        MockServerWebExchange.from(
            MockServerHttpRequest.put("/")
                .remoteAddress(new InetSocketAddress(client, 1234))
                .header("X-Bessemer-Local-Path", "/model"));
    exchange
        .getAttributes()
        .put(
            Visitor.class.getName(),
            new Visitor(new Caller("k", Set.of(Scope.WRITE), "default"), null));
    return signed
        .sign(exchange, "conversion-service")
        .getRequest()
        .getHeaders()
        .getFirst("X-Bessemer-Local-Path");
  }

  @Test
  void routedRequestsAreCountedUnderTheirRoute() {
    bessemer.get("/api/v1/models", bessemer.key(Scope.READ));
    HttpResponse<String> scrape =
        bessemer.send(
            HttpRequest.newBuilder(URI.create(bessemer.managementUrl() + "/actuator/prometheus")));
    assertThat(scrape.body())
        .containsPattern("http_server_requests_seconds_count\\{.*uri=\"/api/v1/models/\\*\\*\"");
  }

  @Test
  void theGatewaysOwnSignatureIsNoKey() {
    bessemer.get("/api/v1/models", bessemer.key(Scope.READ));
    String token = bessemer.upstream.seen.get("/api/v1/models").get("Authorization");
    HttpResponse<String> response =
        bessemer.send(bessemer.request("/api/v1/models").header("Authorization", token));
    assertThat(response.statusCode()).isEqualTo(401);
  }

  @Test
  void eventsPassOneByOneAndTheClientsGoingReachesTheService() throws Exception {
    bessemer.upstream.stream.tryEmitNext("token 0").orThrow();
    var response =
        bessemer.http.send(
            bessemer.request("/api/v1/models/stream", bessemer.key(Scope.READ)).build(),
            BodyHandlers.ofInputStream());
    var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    for (int i = 0; i < 5; i++) {
      assertThat(lines.readLine()).isEqualTo("data: token " + i);
      assertThat(lines.readLine()).isEmpty();
      // The next event is made only after the last one has arrived: nothing waits in between.
      bessemer.upstream.stream.tryEmitNext("token " + (i + 1)).orThrow();
    }
    response.body().close();
    assertThat(bessemer.upstream.streamCancelled.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aServiceThatIsNotThereIsNamed() {
    try (var alone = new Installation("bessemer.conversion-url=http://127.0.0.1:9")) {
      HttpResponse<String> response = alone.get("/api/v1/models", alone.key(Scope.READ));
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).contains("2");
      assertThat(alone.json(response).get("detail").asString())
          .startsWith("the conversion-service does not answer");
      assertThat(alone.send(alone.request("/health")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aServiceThatDoesNotTrustTheGatewayIsNotTheCallersFault() {
    HttpResponse<String> response =
        bessemer.get("/api/v1/models/unsigned", bessemer.key(Scope.READ));
    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(bessemer.json(response).get("detail").asString()).contains("BESSEMER_KEYS");
    assertThat(response.headers().firstValue("WWW-Authenticate")).isEmpty();
  }
}
