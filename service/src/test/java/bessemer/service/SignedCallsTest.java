package bessemer.service;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;

class SignedCallsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Caller CALLER =
      new Caller("abc", Set.of(Scope.READ, Scope.INFER), "default");

  @TempDir Path folder;
  private TokenKeys keys;

  @BeforeEach
  void makeKeys() {
    keys = TokenKeys.loadOrCreate(folder);
  }

  private CallSigner signer() {
    return new CallSigner(keys, at(NOW));
  }

  private static Clock at(Instant time) {
    return Clock.fixed(time, ZoneOffset.UTC);
  }

  /// Whom the service takes the caller for.
  private Caller call(String token, Clock clock) {
    var exchange =
        MockServerWebExchange.from(
            MockServerHttpRequest.get("/").header("Authorization", "Bearer " + token));
    new SignedCalls.Filter("conversion-service", keys::publicKey, clock)
        .filter(exchange, _ -> Mono.empty())
        .block();
    return SignedCalls.caller(exchange);
  }

  private void refused(String token, Clock clock, String reason) {
    try {
      call(token, clock);
    } catch (ResponseStatusException e) {
      assertThat(e.getStatusCode()).isEqualTo(HttpStatus.UNAUTHORIZED);
      assertThat(e.getReason()).contains(reason);
      return;
    }
    throw new AssertionError("let in");
  }

  @Test
  void letsInWhatTheGatewaySignedAndKnowsTheCaller() {
    assertThat(call(signer().token("conversion-service", CALLER), at(NOW))).isEqualTo(CALLER);
  }

  @Test
  void refusesATokenForAnotherService() {
    refused(signer().token("inference-service", CALLER), at(NOW), "inference-service");
  }

  @Test
  void refusesATokenThatIsOlderThanAMinute() {
    String token = signer().token("conversion-service", CALLER);
    assertThat(call(token, at(NOW.plusSeconds(60)))).isEqualTo(CALLER);
    refused(token, at(NOW.plusSeconds(61)), "expired");
  }

  @Test
  void refusesATokenOfAnotherInstallation(@TempDir Path other) {
    var signer = new CallSigner(TokenKeys.loadOrCreate(other), at(NOW));
    refused(signer.token("conversion-service", CALLER), at(NOW), "this installation's key");
  }

  @Test
  void refusesAChangedClaimAndATokenWithoutSignature() {
    String[] parts = signer().token("conversion-service", CALLER).split("\\.");
    String claims = signer().token("conversion-service", new Caller("x", Set.of(Scope.ADMIN), "t"));
    refused(
        parts[0] + "." + claims.split("\\.")[1] + "." + parts[2],
        at(NOW),
        "this installation's key");
    refused("eyJhbGciOiJub25lIn0." + parts[1] + ".", at(NOW), "not valid");
    refused("nonsense", at(NOW), "not valid");
  }

  @Test
  void signsAgainOnlyWhenHalfOfTheTimeIsOver() {
    var clock =
        new Object() {
          Instant now = NOW;
        };
    var signer =
        new CallSigner(
            keys,
            new Clock() {
              @Override
              public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
              }

              @Override
              public Clock withZone(java.time.ZoneId zone) {
                return this;
              }

              @Override
              public Instant instant() {
                return clock.now;
              }
            });
    String first = signer.token("a", CALLER);
    assertThat(signer.token("a", CALLER)).isEqualTo(first);
    assertThat(signer.token("b", CALLER)).isNotEqualTo(first);
    clock.now = NOW.plus(Duration.ofSeconds(30));
    assertThat(signer.token("a", CALLER)).isNotEqualTo(first);
  }

  @Test
  void keepsThePrivateKeyToItsOwnerAndFindsItAgain() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("token.key"))))
        .isEqualTo("rw-------");
    assertThat(TokenKeys.loadOrCreate(folder).publicPem()).isEqualTo(keys.publicPem());
  }
}
