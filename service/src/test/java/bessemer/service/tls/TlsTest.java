package bessemer.service.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir private Path keys;

  @Test
  void aCertificateIsMadeOnceAndOnlyItsOwnerMayReadIt() throws Exception {
    OwnCertificate first = OwnCertificate.loadOrCreate(keys, "worker");
    OwnCertificate second = OwnCertificate.loadOrCreate(keys, "worker");

    assertThat(second).isEqualTo(first);
    assertThat(first.fingerprint()).matches("[0-9a-f]{64}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first.keyStore())))
        .isEqualTo("rw-------");
    try (var files = Files.list(keys)) {
      assertThat(files).containsExactly(first.keyStore());
    }
  }

  @Test
  void aDamagedCertificateIsNamed() throws Exception {
    Path file = Files.writeString(keys.resolve("worker.p12"), "no certificate at all");

    assertThatThrownBy(() -> OwnCertificate.loadOrCreate(keys, "worker"))
        .hasMessageContaining(file + " holds no certificate; remove it");
  }

  @Test
  void theServerWithThePinnedCertificateIsAccepted() throws Exception {
    OwnCertificate own = OwnCertificate.loadOrCreate(keys, "worker");

    assertThat(askedWithPin(own, own.fingerprint())).isEqualTo("hello");
  }

  @Test
  void anotherCertificateIsRefusedAndBothAreNamed() throws Exception {
    OwnCertificate own = OwnCertificate.loadOrCreate(keys, "worker");
    OwnCertificate other = OwnCertificate.loadOrCreate(keys, "other");

    assertThatThrownBy(() -> askedWithPin(own, other.fingerprint()))
        .satisfies(failure ->
            assertThat(UnexpectedCertificateException.in(failure))
                .hasValueSatisfying(found -> {
                  assertThat(found.known()).isEqualTo(other.fingerprint());
                  assertThat(found.shown()).isEqualTo(own.fingerprint());
                }));
  }

  @Test
  void fingerprintsAreReadAsToolsPrintThem() {
    String digits = "0a".repeat(32);
    String printed = String.join(":", digits.split("(?<=\\G..)")).toUpperCase(Locale.ROOT);

    assertThat(Fingerprint.parse(printed)).isEqualTo(digits);
    assertThatThrownBy(() -> Fingerprint.parse("abc"))
        .hasMessageContaining("'abc' is no SHA-256 fingerprint");
  }

  @Test
  void beyondLoopbackAPortSpeaksHttpsOnly() throws Exception {
    InetAddress everywhere = InetAddress.getByName("0.0.0.0");
    InetAddress loopback = InetAddress.getLoopbackAddress();

    assertThat(Listener.of("auto", loopback, keys, "w").scheme()).isEqualTo("http");
    assertThat(Listener.of("on", loopback, keys, "w").scheme()).isEqualTo("https");
    assertThat(Listener.of("auto", everywhere, keys, "w").scheme()).isEqualTo("https");
    assertThatThrownBy(() -> Listener.of("off", everywhere, keys, "w"))
        .hasMessageContaining("BESSEMER_TLS is 'off'");
  }

  private static String askedWithPin(OwnCertificate own, String pin) throws Exception {
    HttpsServer server = server(own);
    try (HttpClient client = HttpClient.newBuilder().sslContext(PinnedTrust.context(pin)).build()) {
      URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/");
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } finally {
      server.stop(0);
    }
  }

  private static HttpsServer server(OwnCertificate own) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(own.context()));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          try (var body = exchange.getResponseBody()) {
            body.write("hello".getBytes());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    server.start();
    return server;
  }
}
