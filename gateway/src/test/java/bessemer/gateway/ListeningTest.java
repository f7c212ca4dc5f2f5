package bessemer.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

class ListeningTest {

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.168.1.5", "::"})
  void refusesToListenBeyondThisMachineInClearText(String address) {
    var environment = new MockEnvironment().withProperty("server.address", address);
    assertThatThrownBy(() -> Listening.check(environment))
        .isInstanceOfSatisfying(
            StartRefusedException.class,
            refused -> {
              assertThat(refused).hasMessageContaining(address);
              assertThat(refused.action())
                  .contains("BESSEMER_TLS_KEYSTORE", "BESSEMER_BEHIND_PROXY");
            });
    environment.setProperty("bessemer.behind-proxy", "true");
    assertThatCode(() -> Listening.check(environment)).doesNotThrowAnyException();
    environment.setProperty("bessemer.behind-proxy", "false");
    environment.setProperty("bessemer.tls.keystore", "/etc/bessemer.p12");
    assertThatCode(() -> Listening.check(environment)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.0.0.2"})
  void loopbackNeedsNothing(String address) {
    var environment = new MockEnvironment().withProperty("server.address", address);
    assertThatCode(() -> Listening.check(environment)).doesNotThrowAnyException();
  }

  @Test
  void startingSaysWhatToDo() {
    assertThatThrownBy(() -> Main.application().run("--server.address=0.0.0.0", "--server.port=0"))
        .isInstanceOf(StartRefusedException.class);
    var analysis =
        new StartRefusedAnalyzer().analyze(new StartRefusedException("why", "what to do"));
    assertThat(analysis.getDescription()).isEqualTo("why");
    assertThat(analysis.getAction()).isEqualTo("what to do");
  }

  @Test
  void speaksHttpsWithAKeystore(@TempDir Path folder) throws Exception {
    Path keystore = folder.resolve("gateway.p12");
    keytool(keystore);
    try (var bessemer =
            new Installation(
                "bessemer.tls.keystore=" + keystore, "bessemer.tls.keystore-password=changeit");
        HttpClient https = HttpClient.newBuilder().sslContext(trusting(keystore)).build()) {
      URI login = URI.create("https://localhost:" + bessemer.port() + "/login");
      var page = https.send(HttpRequest.newBuilder(login).build(), text());
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Strict-Transport-Security")).isPresent();

      String key = Files.readString(bessemer.home.resolve("admin.key")).strip();
      var session =
          https.send(
              HttpRequest.newBuilder(login)
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(HttpRequest.BodyPublishers.ofString("key=" + key))
                  .build(),
              text());
      assertThat(session.headers().firstValue("Set-Cookie").orElse("")).contains("; Secure");
      var scrape =
          bessemer.http.send(
              HttpRequest.newBuilder(URI.create(bessemer.managementUrl() + "/actuator/health"))
                  .build(),
              text());
      assertThat(scrape.statusCode()).as("the management port stays plain").isEqualTo(200);
    }
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.ofString();
  }

  private static void keytool(Path keystore) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "gateway",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                keystore.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static SSLContext trusting(Path keystore) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(keystore))) {
      store.load(in, "changeit".toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("gateway", store.getCertificate("gateway"));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
