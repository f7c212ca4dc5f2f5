package bessemer.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinnedCertificateTest {
  private static final char[] PASSWORD = "for this test".toCharArray();

  @TempDir Path folder;
  private HttpsServer server;
  private String fingerprint;

  @BeforeEach
  void serve() throws Exception {
    KeyStore keys = selfSigned();
    byte[] certificate = keys.getCertificate("gateway").getEncoded();
    fingerprint =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body = "{\"here\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /// A certificate as a gateway makes it for itself; its name is not that of this machine.
  private KeyStore selfSigned() throws Exception {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "gateway",
                "-keyalg",
                "EC",
                "-dname",
                "CN=gateway",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  private static SSLContext context(KeyStore keys) throws GeneralSecurityException {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private boolean asked(@Nullable String pinned) throws IOException, InterruptedException {
    URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort());
    try (var gateway = new Gateway(new Address(uri, "key", pinned, false))) {
      return gateway.json("/api/v1/models").path("here").asBoolean();
    }
  }

  @Test
  void trustsTheCertificateThatIsPinned() throws Exception {
    assertThat(asked(fingerprint)).isTrue();
  }

  @Test
  void refusesAnyOther() {
    assertThatThrownBy(() -> asked("00".repeat(32)))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining("shows a certificate with the fingerprint " + fingerprint);
  }

  @Test
  void refusesWhatJavaDoesNotTrustWithoutAPin() {
    assertThatThrownBy(() -> asked(null)).isInstanceOf(GatewayException.class);
  }
}
