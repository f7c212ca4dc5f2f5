package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bessemer.cli.Session.Done;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Two home directories on one machine: a cluster in the first, and in the second a worker that
/// knows the gateway by its certificate alone. All of it as processes, as for users.
class JoinTest {
  private static final List<String> MODULES =
      List.of("supervisor", "gateway", "conversion-service", "eval-service", "inference-service");
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir private Path directory;
  private @Nullable Session cluster;
  private @Nullable Process worker;

  @AfterEach
  void stop() throws Exception {
    if (worker != null) {
      worker.destroyForcibly().waitFor();
    }
    if (cluster != null) {
      cluster.run("down");
    }
    System.clearProperty("bessemer.root");
  }

  @Test
  void aWorkerWithAHomeOfItsOwnJoinsPullsAModelAndAnswers() throws Exception {
    for (String module : MODULES) {
      assumeTrue(
          Files.isDirectory(Path.of("..", module, "target", "app")),
          module + " is not packaged: this runs with verify");
    }
    System.setProperty("bessemer.root", Path.of("..").toRealPath().toString());
    Session here = new Session(directory.resolve("here"));
    cluster = here;
    ok(here.run("up", "--listen", "0.0.0.0", "--port", "0"));
    JsonNode status = JSON.readTree(ok(here.run("status", "--json")).out());
    String url = status.get("url").asString();
    String fingerprint = status.get("fingerprint").asString();
    assertThat(url).startsWith("https://127.0.0.1:");
    ok(here.run("convert", Session.EXAMPLES.resolve("tiny-llama"), "--name", "tiny"));
    String key = ok(here.run("keys", "create", "mac", "--scope", "worker")).out().strip();

    Path home = directory.resolve("there/home");
    Process stranger = join(home, "stranger.log", key, url, "ab".repeat(32));
    assertThat(stranger.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(stranger.exitValue()).isEqualTo(1);
    assertThat(directory.resolve("stranger.log")).content().contains(fingerprint, "abababab");

    worker = join(home, "worker.log", key, url, fingerprint);
    until(() -> states(here).contains("mac ready"));
    String local =
        states(here).stream().filter(s -> s.startsWith("inference-")).toList().getFirst();
    ok(here.run("workers", "drain", local.replace(" ready", "")));

    Done answer =
        ok(here.run("generate", "tiny", "--prompt", "Once", "--max-tokens", 8, "--seed", 1));

    assertThat(answer.out()).isNotBlank();
    try (Stream<Path> pulled = Files.walk(home.resolve("cache/models/tiny"))) {
      assertThat(pulled.map(file -> String.valueOf(file.getFileName())))
          .contains("model.safetensors", "tokenizer.json", "config.json");
    }
    assertThat(home.resolve("catalogue")).doesNotExist();
    assertThat(states(here)).contains("mac ready", local.replace("ready", "draining"));

    worker.destroy();
    assertThat(worker.waitFor(2, TimeUnit.MINUTES)).as("it leaves when it is asked").isTrue();
  }

  private Process join(Path home, String log, String key, String url, String fingerprint)
      throws IOException {
    Files.createDirectories(home);
    ProcessBuilder process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dbessemer.root=" + System.getProperty("bessemer.root"),
                "-cp",
                absolute(System.getProperty("java.class.path")),
                Main.class.getName(),
                "worker",
                "--join",
                url,
                "--fingerprint",
                fingerprint,
                "--listen",
                "127.0.0.1",
                "--memory",
                "1g",
                "--name",
                "mac")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(log).toFile());
    process.environment().put("BESSEMER_HOME", home.toString());
    process.environment().put("BESSEMER_KEY", key);
    return process.start();
  }

  private static String absolute(String classPath) {
    return String.join(
        File.pathSeparator,
        Stream.of(classPath.split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .toList());
  }

  /// `id state` of each worker.
  private static List<String> states(Session here) {
    JsonNode workers = JSON.readTree(ok(here.run("workers", "list", "--json")).out());
    return workers
        .get("items")
        .valueStream()
        .map(each -> each.get("id").asString() + " " + each.get("state").asString())
        .toList();
  }

  private static Done ok(Done done) {
    assertThat(done.code()).as(done.out() + done.err()).isZero();
    return done;
  }

  private void until(Callable<Boolean> condition) {
    Process joined = Objects.requireNonNull(worker);
    try {
      await()
          .atMost(Duration.ofMinutes(5))
          .failFast("the worker has ended", () -> !joined.isAlive())
          .until(condition);
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      throw new AssertionError(log("worker.log"), e);
    }
  }

  private String log(String name) {
    try {
      return Files.readString(directory.resolve(name));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
