package bessemer.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.db.TestDatabase;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

class MainTest {
  @TempDir Path home;

  private static HttpResponse<String> get(int port, String path, String token) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
            .header("Authorization", "Bearer " + token)
            .build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString());
    }
  }

  @Test
  void theWholeServiceStartsFromItsSettingsOnAnEmptyDatabase() throws Exception {
    var signer = new CallSigner(TokenKeys.loadOrCreate(home.resolve("keys")), Clock.systemUTC());
    try (TestDatabase database = TestDatabase.empty();
        ConfigurableApplicationContext context =
            SpringApplication.run(
                Main.class,
                "--bessemer.home=" + home,
                "--server.port=0",
                "--management.server.port=0",
                "--spring.datasource.url=" + database.url(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password())) {
      int port = ((WebServerApplicationContext) context).getWebServer().getPort();

      String token =
          signer.token("conversion-service", new Caller("test", Set.of(Scope.READ), "default"));
      assertThat(get(port, "/api/v1/models", token).body())
          .isEqualTo("{\"items\":[],\"cursor\":null}");
      assertThat(get(port, "/api/v1/sources", token).statusCode()).isEqualTo(200);
      assertThat(context.getBean(PrometheusMeterRegistry.class).scrape())
          .contains("bessemer_upload_bytes_total{")
          .contains("bessemer_models{service=\"conversion-service\",state=\"proved\"} 0.0")
          .contains("bessemer_sources{kind=\"reference\",service=\"conversion-service\"} 0.0");
    }
  }
}
