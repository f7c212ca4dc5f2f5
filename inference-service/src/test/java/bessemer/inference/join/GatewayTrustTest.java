package bessemer.inference.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.inference.join.JoinSettings.Models;
import bessemer.inference.pull.RemoteGateway;
import bessemer.service.tls.OwnCertificate;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayTrustTest {
  @TempDir private Path directory;
  private Path home;
  private OwnCertificate certificate;
  private RemoteGateway gateway;

  @BeforeEach
  void aGatewayOverHttps() throws Exception {
    home = directory.resolve("home");
    certificate = OwnCertificate.loadOrCreate(directory.resolve("gateway"), "gateway");
    gateway = new RemoteGateway(directory.resolve("gateway"), certificate);
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void aNamedCertificateIsPinned() throws Exception {
    assertThat(status(certificate.fingerprint(), false)).isEqualTo(200);
    assertThat(status("", false)).as("and known the next time").isEqualTo(200);
  }

  @Test
  void anUnknownCertificateIsShownAndNotTrusted() {
    assertThatThrownBy(() -> status("", false))
        .isInstanceOf(JoinException.class)
        .hasMessageContaining("a certificate that this worker does not know")
        .hasMessageContaining(certificate.fingerprint())
        .satisfies(e -> assertThat(((JoinException) e).action()).contains("--fingerprint "));
    assertThat(home.resolve("known-gateways.properties")).doesNotExist();
  }

  @Test
  void itIsTrustedOnFirstSightWhenThatIsAskedFor() throws Exception {
    assertThat(status("", true)).isEqualTo(200);

    assertThat(home.resolve("known-gateways.properties"))
        .content()
        .contains(certificate.fingerprint());
    assertThat(status("", false)).isEqualTo(200);
  }

  @Test
  void aChangedCertificateIsAnErrorThatNamesBoth() {
    String other = "ab".repeat(32);
    new KnownGateways(home).remember(gateway.address(), other);

    assertThatThrownBy(() -> status("", true))
        .as("trust is for the first sight alone")
        .isInstanceOf(JoinException.class)
        .hasMessageContaining(other)
        .hasMessageContaining(certificate.fingerprint());
    assertThat(new KnownGateways(home).fingerprint(gateway.address())).hasValue(other);
  }

  @Test
  void aWrongFingerprintIsRefusedBeforeTheKeyIsSent() {
    assertThatThrownBy(() -> status("cd".repeat(32), true)).isInstanceOf(JoinException.class);
    assertThatThrownBy(() -> status("short", true))
        .isInstanceOf(JoinException.class)
        .hasMessageContaining("'short' is no SHA-256 fingerprint");
    assertThat(gateway.beats).isEmpty();
    assertThat(new KnownGateways(home).fingerprint(gateway.address())).isEmpty();
  }

  @Test
  void anUnreachableGatewayIsWaitedForOnlyWhenItsCertificateIsKnown() {
    gateway.close();

    assertThatThrownBy(() -> status("", true)).hasMessageContaining("cannot be reached");
    assertThat(trust(gateway.address(), certificate.fingerprint(), false, false).client())
        .isNotNull();
  }

  @Test
  void clearTextToAnotherMachineIsRefused() throws Exception {
    URI elsewhere = URI.create("http://192.0.2.77:8080");

    assertThatThrownBy(() -> trust(elsewhere, "", true, false).client())
        .isInstanceOf(JoinException.class)
        .hasMessageContaining("would cross the network in clear text");
    assertThat(trust(elsewhere, "", false, true).client()).isNotNull();
    assertThat(trust(URI.create("http://127.0.0.1:8080"), "", false, false).client()).isNotNull();
    assertThat(Files.exists(home)).isFalse();
  }

  private int status(String fingerprint, boolean trusted) throws Exception {
    try (var client = trust(gateway.address(), fingerprint, trusted, false).client()) {
      var request =
          HttpRequest.newBuilder(gateway.address().resolve("/api/v1/models"))
              .header("Authorization", "Bearer " + RemoteGateway.KEY)
              .build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  private GatewayTrust trust(URI address, String fingerprint, boolean trust, boolean isPrivate) {
    var settings = new JoinSettings(fingerprint, trust, isPrivate, Models.PULLED, "", "");
    return new GatewayTrust(address, settings, home);
  }
}
