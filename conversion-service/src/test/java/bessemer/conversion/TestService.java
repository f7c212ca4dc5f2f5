package bessemer.conversion;

import bessemer.contracts.Scope;
import bessemer.conversion.catalogue.CatalogueConfiguration;
import bessemer.conversion.sources.SourcesConfiguration;
import bessemer.db.TestDatabase;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.hub.HubSettings;
import bessemer.foundry.hub.HubToken;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.ServiceConfiguration;
import bessemer.service.SignedCalls;
import bessemer.service.TokenKeys;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The HTTP side of the service on a port of its own, with a database and a home of its own.
public final class TestService implements AutoCloseable {
  public final Path home;
  public final AtomicLong diskBytes = new AtomicLong(1L << 40);
  public final TestDatabase database = TestDatabase.create();

  private final ConfigurableApplicationContext context;
  private final CallSigner signer;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  /// No configuration of its own, so that the scan of the service's main class passes it by.
  @EnableAutoConfiguration
  @Import({
    ServiceConfiguration.class,
    SignedCalls.class,
    SourcesConfiguration.class,
    CatalogueConfiguration.class
  })
  static class Application {}

  private TestService(Class<?> application, Path home, Map<String, String> settings) {
    this.home = home;
    Path keys = home.resolve("keys");
    signer = new CallSigner(TokenKeys.loadOrCreate(keys), Clock.systemUTC());
    List<String> arguments = new ArrayList<>();
    own(keys).forEach((name, value) -> arguments.add("--" + name + "=" + value));
    settings.forEach((name, value) -> arguments.add("--" + name + "=" + value));
    context =
        new SpringApplicationBuilder(application)
            .web(WebApplicationType.REACTIVE)
            .initializers(context -> beans((GenericApplicationContext) context))
            .run(arguments.toArray(String[]::new));
    port = ((WebServerApplicationContext) context).getWebServer().getPort();
  }

  private Map<String, Object> own(Path keys) {
    return Map.of(
        "bessemer.home",
        home,
        "bessemer.keys",
        keys,
        "server.port",
        0,
        "management.server.port",
        0,
        "logging.structured.format.console",
        "",
        "logging.level.root",
        "WARN");
  }

  /// @param settings beside those that every test has
  public static TestService start(Path home, Map<String, String> settings) {
    return new TestService(Application.class, home, settings);
  }

  /// With the worker that runs jobs.
  public static TestService startWhole(Path home, Map<String, String> settings) {
    return new TestService(Main.class, home, settings);
  }

  /// A hub that nobody can reach: port 9 of this machine discards.
  private void beans(GenericApplicationContext context) {
    context.registerBean("dataSource", DataSource.class, database::dataSource);
    context.registerBean(Disk.class, () -> _ -> diskBytes.get());
    context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
    context.registerBean(
        HubSettings.class,
        () ->
            new HubSettings(
                URI.create("http://127.0.0.1:9"),
                HubToken.NONE,
                Set.of(),
                false,
                1,
                Duration.ofSeconds(5)));
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  public JdbcClient sql() {
    return JdbcClient.create(database.dataSource());
  }

  public int port() {
    return port;
  }

  public String token(Scope... scopes) {
    return signer.token("conversion-service", new Caller("test", Set.of(scopes), "default"));
  }

  public HttpRequest.Builder request(String path, Scope... scopes) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
        .timeout(Duration.ofSeconds(60))
        .header("Authorization", "Bearer " + token(scopes));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public HttpResponse<String> get(String path) {
    return send(request(path, Scope.READ));
  }

  public HttpResponse<String> delete(String path) {
    return send(request(path, Scope.WRITE).DELETE());
  }

  public HttpResponse<String> post(String path, Object body) {
    return send(
        request(path, Scope.WRITE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body))));
  }

  public HttpResponse<String> put(String path, byte[] body, String... headers) {
    return put(path, BodyPublishers.ofByteArray(body), headers);
  }

  public HttpResponse<String> put(String path, BodyPublisher body, String... headers) {
    HttpRequest.Builder request = request(path, Scope.WRITE).PUT(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  public static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  public static String received(HttpResponse<?> answer) {
    return answer.headers().firstValue("X-Bessemer-Received").orElse("");
  }

  @Override
  public void close() {
    http.close();
    context.close();
    database.close();
  }
}
