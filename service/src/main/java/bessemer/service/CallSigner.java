package bessemer.service;

import bessemer.contracts.Scope;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// Signs the gateway's calls: a token that says for which service, on whose behalf, and is good for
/// a minute.
public final class CallSigner {
  static final String ISSUER = "bessemer-gateway";

  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final Duration REUSE = Duration.ofSeconds(30);
  private static final int MOST_CACHED = 1000;

  private final JWSSigner signer;
  private final Clock clock;
  private final Map<Addressed, Token> cache = new ConcurrentHashMap<>();

  private record Addressed(String audience, Caller caller) {}

  private record Token(String text, Instant reusableUntil) {}

  public CallSigner(TokenKeys keys, Clock clock) {
    try {
      this.signer = new ECDSASigner(keys.privateKey());
    } catch (JOSEException e) {
      throw new IllegalStateException("the installation's key cannot sign", e);
    }
    this.clock = clock;
  }

  /// @param audience the service's name, such as `conversion-service`
  public String token(String audience, Caller caller) {
    Instant now = clock.instant();
    if (cache.size() > MOST_CACHED) {
      cache.clear();
    }
    return cache.compute(
            new Addressed(audience, caller),
            (to, old) ->
                old != null && now.isBefore(old.reusableUntil)
                    ? old
                    : new Token(sign(to, now), now.plus(REUSE)))
        .text;
  }

  private String sign(Addressed to, Instant now) {
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(to.audience)
            .subject(to.caller.keyId())
            .claim("tenant", to.caller.tenant())
            .claim("scope", scope(to.caller))
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFE)))
            .build();
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.ES256), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("the installation's key cannot sign", e);
    }
    return token.serialize();
  }

  private static String scope(Caller caller) {
    return caller.scopes().stream()
        .map(Scope::name)
        .map(String::toLowerCase)
        .sorted()
        .collect(Collectors.joining(" "));
  }
}
