package bessemer.service.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
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

    assertThat(Listener.of("auto", loopback, keys, "w", false).scheme()).isEqualTo("http");
    assertThat(Listener.of("on", loopback, keys, "w", false).scheme()).isEqualTo("https");
    assertThat(Listener.of("auto", everywhere, keys, "w", false).scheme()).isEqualTo("https");
    assertThat(Listener.of("container", everywhere, keys, "w", true).scheme()).isEqualTo("http");
    assertThatThrownBy(() -> Listener.of("container", everywhere, keys, "w", false))
        .hasMessageContaining("would open 0.0.0.0 to other machines without TLS");
    assertThatThrownBy(() -> Listener.of("off", everywhere, keys, "w", false))
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
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(own.keyStore())) {
      store.load(in, OwnCertificate.PASSWORD.toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, OwnCertificate.PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
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
