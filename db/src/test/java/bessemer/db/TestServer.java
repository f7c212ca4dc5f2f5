package bessemer.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// A Postgres for tests, without the care for power cuts that costs most of their time.
record TestServer(String host, int port, String user, String password) {
  static TestServer start() {
    String kind = System.getProperty("bessemer.test.database", "embedded");
    return switch (kind) {
      case "embedded" -> embedded();
      case "container" -> Container.start();
      default ->
          throw new IllegalStateException(
              "bessemer.test.database is " + kind + "; it can be embedded or container");
    };
  }

  private static TestServer embedded() {
    try {
      var server =
          EmbeddedPostgres.builder()
              .setPGStartupWait(Duration.ofMinutes(3)) // on a machine that does much else
              .setServerConfig("fsync", "off")
              .setServerConfig("full_page_writes", "off")
              .setServerConfig("synchronous_commit", "off")
              .setServerConfig("max_connections", "100")
              .setServerConfig("unix_socket_directories", "")
              .start(); // ends with the JVM, by a shutdown hook of its own
      return new TestServer("127.0.0.1", server.getPort(), "postgres", "postgres");
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded Postgres did not start", e);
    }
  }

  /// Apart, so that the classes of Testcontainers are loaded only where they are asked for.
  private static final class Container {
    static TestServer start() {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new IllegalStateException(
            "-Pcontainers runs the tests against the image postgres:18 and needs a Docker daemon, "
                + "and none answers (DOCKER_HOST, /var/run/docker.sock). Start one, or run the tests "
                + "without the profile: they then use the embedded Postgres");
      }
      var container =
          new PostgreSQLContainer("postgres:18")
              .withCommand("postgres", "-c", "fsync=off", "-c", "full_page_writes=off");
      container.start(); // removed by Testcontainers when the JVM has ended
      return new TestServer(
          container.getHost(),
          container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
          container.getUsername(),
          container.getPassword());
    }
  }
}
