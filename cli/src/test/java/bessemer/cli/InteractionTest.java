package bessemer.cli;

import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The program as a process of its own: what it says when it is interrupted, and how it talks.
class InteractionTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String CHAT = "POST /v1/chat/completions";

  @TempDir Path folder;
  private FakeGateway gateway;
  private Process process;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    new Session(folder).own(gateway);
  }

  @AfterEach
  void close() {
    if (process != null) {
      process.destroyForcibly();
    }
    gateway.close();
  }

  private Path out() {
    return folder.resolve("out");
  }

  private Path err() {
    return folder.resolve("err");
  }

  private void start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "bessemer.cli.Main"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().put("BESSEMER_HOME", folder.resolve("home").toString());
    builder.environment().keySet().removeIf(name -> name.matches("BESSEMER_(URL|KEY)"));
    process = builder.redirectOutput(out().toFile()).redirectError(err().toFile()).start();
  }

  /// As the launcher does it, in a script whose words and errors go to one file.
  @Test
  void errorsStandWhereTheyWereSaidInAFileThatOthersWriteTo() throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("bash", "-c", "echo before; \"$@\" 3>&2 2>/dev/null; echo after", "-"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Dbessemer.stderr=true"));
    command.addAll(List.of("-Xlog:cds=off", "-Xlog:aot=off"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "bessemer.cli.Main"));
    command.addAll(List.of("inspect", "nowhere"));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    process = builder.redirectOutput(out().toFile()).start();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(read(out()).lines())
        .hasSize(3)
        .startsWith("before")
        .endsWith("after")
        .element(1)
        .asString()
        .startsWith("error: nowhere");
  }

  private static void until(Callable<Boolean> condition) {
    Awaitility.await().atMost(LIMIT).until(condition);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
  }

  @Test
  void saysThatTheJobGoesOnWhenItIsInterrupted() throws Exception {
    var held = new CountDownLatch(1);
    String job = "/api/v1/jobs/" + FakeJobs.ID;
    gateway
        .on("GET " + job, json(200, FakeJobs.job("running")))
        .on(
            "GET " + job + "/events",
            (exchange, asked) -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(FakeJobs.story("measured")[1].getBytes());
              exchange.getResponseBody().flush();
              await(held);
            });
    start("jobs", "watch", FakeJobs.ID.toString());
    until(() -> read(err()).contains("runs on conversion@here"));
    interrupt();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    held.countDown();
    assertThat(process.exitValue()).isEqualTo(130);
    assertThat(read(err()))
        .endsWith(
            "the job goes on: ./bessemer jobs watch %1$s, or ./bessemer jobs cancel %1$s\n"
                .formatted(FakeJobs.ID));
    assertThat(gateway.calls()).noneMatch(call -> call.contains("cancel"));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void chatsAndKeepsWhatWasSaid() throws Exception {
    gateway.on(CHAT, answer("Paris."), answer("It is big."), answer("Hello."));
    start("chat", "qwen", "--system", "Be brief.");
    type("Capital of France?\nTell me more.\n/reset\nHi\n/exit\n");
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(read(err())).isZero();
    assertThat(read(out())).contains("Paris.", "It is big.", "Hello.");
    List<FakeGateway.Asked> asked = gateway.asked(CHAT);
    assertThat(said(asked.get(0))).containsExactly("Be brief.", "Capital of France?");
    assertThat(said(asked.get(1)))
        .containsExactly("Be brief.", "Capital of France?", "Paris.", "Tell me more.");
    assertThat(said(asked.get(2))).containsExactly("Be brief.", "Hi");
  }

  private static FakeGateway.Answer answer(String text) {
    return events(
        RemoteGenerateTest.chunk("{\"content\":\"%s\"}".formatted(text), "null"),
        RemoteGenerateTest.chunk("{}", "\"stop\""),
        "data: [DONE]\n\n");
  }

  private static List<String> said(FakeGateway.Asked asked) {
    List<String> said = new ArrayList<>();
    tools.jackson.databind.json.JsonMapper.shared()
        .readTree(asked.body())
        .path("messages")
        .forEach(message -> said.add(message.path("content").asString()));
    return said;
  }

  private void type(String text) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write(text.getBytes(StandardCharsets.UTF_8));
    in.flush();
  }

  @Test
  void stopsAnAnswerAndNotTheProgramWhenItIsInterrupted() throws Exception {
    var held = new CountDownLatch(1);
    gateway.on(
        CHAT,
        (exchange, asked) -> {
          exchange.sendResponseHeaders(200, 0);
          String piece = RemoteGenerateTest.chunk("{\"content\":\"Once upon\"}", "null");
          exchange.getResponseBody().write(piece.getBytes(StandardCharsets.UTF_8));
          exchange.getResponseBody().flush();
          await(held);
        },
        answer("Paris."));
    start("chat", "qwen");
    type("Tell me a story.\n");
    until(() -> read(out()).contains("Once upon"));
    interrupt();
    until(() -> read(err()).contains("prompt tokens"));
    type("Capital of France?\n/exit\n");
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    held.countDown();
    assertThat(process.exitValue()).as(read(err())).isZero();
    assertThat(read(out())).contains("Paris.");
  }
}
