package bessemer.inference.join;

import bessemer.service.tls.Fingerprint;
import bessemer.service.tls.PinnedTrust;
import bessemer.service.tls.UnexpectedCertificateException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides which gateway a worker speaks to: over HTTPS the one with the certificate that somebody
/// named, or that was met before. Its key and the users' prompts are at stake.
final class GatewayTrust {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayTrust.class);
  private static final Duration TO_CONNECT = Duration.ofSeconds(5);
  private static final Duration TO_ANSWER = Duration.ofSeconds(30);
  private static final String NOBODY = "0".repeat(64);

  private final URI gateway;
  private final JoinSettings settings;
  private final KnownGateways known;

  GatewayTrust(URI gateway, JoinSettings settings, Path home) {
    this.gateway = gateway;
    this.settings = settings;
    this.known = new KnownGateways(home);
  }

  /// @throws JoinException if this gateway cannot be trusted
  HttpClient client() {
    HttpClient.Builder client =
        HttpClient.newBuilder().connectTimeout(TO_CONNECT).version(HttpClient.Version.HTTP_1_1);
    switch (String.valueOf(gateway.getScheme())) {
      case "http" -> checkPlain();
      case "https" -> client.sslContext(PinnedTrust.context(fingerprint()));
      default ->
          throw new JoinException(
              "'%s' is no gateway's address".formatted(gateway),
              "Give one of the form https://host:port.");
    }
    return client.build();
  }

  private void checkPlain() {
    if (!settings.privateNetwork() && !Machine.isHere(gateway)) {
      throw new JoinException(
          "%s is another machine, and over http this worker's key and all prompts would cross the"
                  .formatted(gateway)
              + " network in clear text",
          "Start the gateway with `./bessemer up --listen ADDRESS`, which makes it speak HTTPS, and"
              + " join with https://.");
    }
  }

  /// The one that the gateway must show.
  private String fingerprint() {
    Optional<String> expected = expected();
    Optional<String> shown = shown();
    if (expected.isEmpty()) {
      return met(shown.orElseThrow(this::unreachable));
    }
    if (shown.isPresent() && !shown.equals(expected)) {
      throw changed(expected.get(), shown.get());
    }
    if (shown.isPresent() && !known.fingerprint(gateway).equals(expected)) {
      known.remember(gateway, expected.get());
    }
    return expected.get(); // also of a gateway that is not there yet
  }

  private Optional<String> expected() {
    if (settings.fingerprint().isBlank()) {
      return known.fingerprint(gateway);
    }
    try {
      return Optional.of(Fingerprint.parse(settings.fingerprint()));
    } catch (IllegalArgumentException e) {
      throw new JoinException(
          String.valueOf(e.getMessage()), "`./bessemer status` on the gateway's machine shows it.");
    }
  }

  private String met(String shown) {
    if (!settings.trust()) {
      throw new JoinException(
          "The gateway at %s shows a certificate that this worker does not know, with SHA-256 %s"
              .formatted(gateway, shown),
          "Compare it with what `./bessemer status` shows on the gateway's machine. If it is the"
              + " same, join again with --fingerprint "
              + shown
              + " (or with --trust, which takes any certificate the first time).");
    }
    known.remember(gateway, shown);
    LOG.warn("trusting the gateway at {} on first sight: SHA-256 {}", gateway, shown);
    return shown;
  }

  private JoinException changed(String expected, String shown) {
    return new JoinException(
        "The gateway at %s shows the certificate with SHA-256 %s, and the one that is known has %s"
            .formatted(gateway, shown, expected),
        "Either somebody is between this worker and the gateway, or the gateway has a new"
            + " certificate. If `./bessemer status` on its machine shows the new one, join again"
            + " with --fingerprint "
            + shown
            + ". Known certificates are in "
            + known.file()
            + ".");
  }

  private JoinException unreachable() {
    return new JoinException(
        "The gateway at %s cannot be reached, and its certificate is not known".formatted(gateway),
        "Start the gateway, check the address, or give --fingerprint.");
  }

  /// The certificate that the gateway shows now; empty when nobody answers with one. A pin that
  /// nothing fits ends the handshake before anything is said.
  private Optional<String> shown() {
    try (Socket plain = new Socket()) {
      plain.connect(
          new InetSocketAddress(gateway.getHost(), Machine.port(gateway)), millis(TO_CONNECT));
      plain.setSoTimeout(millis(TO_ANSWER));
      try (SSLSocket socket =
          (SSLSocket)
              PinnedTrust.context(NOBODY)
                  .getSocketFactory()
                  .createSocket(plain, gateway.getHost(), Machine.port(gateway), true)) {
        socket.startHandshake();
      }
      return Optional.empty();
    } catch (IOException e) {
      return UnexpectedCertificateException.in(e).map(UnexpectedCertificateException::shown);
    }
  }

  private static int millis(Duration time) {
    return Math.toIntExact(time.toMillis());
  }
}
