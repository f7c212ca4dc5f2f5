package bessemer.gateway;

import bessemer.contracts.KeyRequest;
import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.db.access.ApiKeys;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A gateway that runs as it does for users, on ports of its own, with a database of its own in a
/// PostgreSQL that all tests share, and a service behind it that is not there.
public final class Installation implements AutoCloseable {
  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host,content-length,connection");
  }

  private static final AtomicInteger COUNT = new AtomicInteger();

  public final Path home;
  public final Upstream upstream = new Upstream();
  public final HttpClient http = HttpClient.newHttpClient();
  public final ConfigurableApplicationContext context;
  private final JsonMapper json = new JsonMapper();

  /// @param settings as `name=value`, over those of `application.yaml`
  public Installation(String... settings) {
    try {
      home = Files.createTempDirectory("bessemer-gateway");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    context = start(Postgres.newDatabase(), settings);
  }

  private ConfigurableApplicationContext start(String database, String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--spring.datasource.url=" + database,
                "--spring.datasource.username=postgres",
                "--bessemer.home=" + home,
                "--bessemer.keys=" + home.resolve("keys"),
                "--bessemer.conversion-url=" + upstream.url(),
                "--bessemer.eval-url=" + upstream.url()));
    for (String setting : settings) {
      arguments.add("--" + setting);
    }
    SpringApplication application = Main.application();
    return application.run(arguments.toArray(String[]::new));
  }

  public String url() {
    return "http://127.0.0.1:" + port("local.server.port");
  }

  public String managementUrl() {
    return "http://127.0.0.1:" + port("local.management.port");
  }

  public int port() {
    return port("local.server.port");
  }

  private int port(String property) {
    return Objects.requireNonNull(context.getEnvironment().getProperty(property, Integer.class));
  }

  public JdbcClient database() {
    return JdbcClient.create(context.getBean(DataSource.class));
  }

  /// A new key with these scopes.
  public String key(Scope... scopes) {
    return Objects.requireNonNull(made(scopes).key());
  }

  public KeyView made(Scope... scopes) {
    return context
        .getBean(ApiKeys.class)
        .create(new KeyRequest("a test", Set.of(scopes), null), "default");
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(30));
  }

  public HttpRequest.Builder request(String path, String key) {
    return request(path).header("Authorization", "Bearer " + key);
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public HttpResponse<String> get(String path, String key) {
    return send(request(path, key));
  }

  public JsonNode json(HttpResponse<String> response) {
    return json.readTree(response.body());
  }

  public String text(Map<String, ?> body) {
    return json.writeValueAsString(body);
  }

  @Override
  public void close() {
    context.close();
    upstream.close();
    http.close();
  }

  /// One server for all tests of this JVM.
  private static final class Postgres {
    private static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        Path sockets = Files.createTempDirectory("bessemer-pg");
        return EmbeddedPostgres.builder()
            .setServerConfig("unix_socket_directories", sockets.toString())
            .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static String newDatabase() {
      String name = "gateway" + COUNT.incrementAndGet();
      JdbcClient.create(SERVER.getPostgresDatabase()).sql("create database " + name).update();
      return SERVER.getJdbcUrl("postgres", name);
    }
  }
}
