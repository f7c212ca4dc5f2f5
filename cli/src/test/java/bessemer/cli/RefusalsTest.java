package bessemer.cli;

import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalsTest {
  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | 2 | limit: must be from 1 to 500
          403 | 1 | must be from 1 to 500
          404 | 3 | must be from 1 to 500
          409 | 1 | must be from 1 to 500
          413 | 1 | must be from 1 to 500
          429 | 1 | must be from 1 to 500; try again in 7 s
          500 | 1 | must be from 1 to 500 (request r-1)
          503 | 1 | URL cannot do it now: must be from 1 to 500; try again in 7 s (request r-1)
          """)
  void passesOnWhatAProblemSays(int status, int code, String message) {
    String[] more =
        status == 400
            ? new String[] {"field", "limit", "request_id", "r-1"}
            : new String[] {"request_id", "r-1"};
    gateway.on("GET /api/v1/models", problem(status, "Wrong", "must be from 1 to 500", more));
    Done done = session.run("list");
    assertThat(done.code()).isEqualTo(code);
    assertThat(done.err()).isEqualTo("error: " + message.replace("URL", gateway.url()) + "\n");
  }

  @Test
  void saysThatAKeyIsNotAccepted() throws IOException {
    Files.writeString(session.at("home").resolve("admin.key"), "bsm_another");
    Done done = session.run("list");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .isEqualTo("error: %s does not accept this key: no such key\n".formatted(gateway.url()))
        .doesNotContain("bsm_another");
  }

  @Test
  void saysWhenAnAnswerIsNoProblemDocument() {
    gateway.on("GET /api/v1/models", json(502, "<html>Bad gateway</html>"));
    assertThat(session.run("list").err())
        .isEqualTo("error: %s cannot do it now; try again later\n".formatted(gateway.url()));
    gateway.on("GET /api/v1/models", json(418, "teapot"));
    assertThat(session.run("list").err())
        .isEqualTo("error: %s answered with status 418\n".formatted(gateway.url()));
  }

  @Test
  void saysWhenAnAnswerCannotBeRead() {
    gateway.on("GET /api/v1/models", json(200, "[{\"name\":"));
    Done done = session.run("list");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .contains("/api/v1/models", ": cannot read the answer: ", "another version")
        .doesNotContain("\tat ");
  }

  @Test
  void saysThatNothingRunsAnyMore() {
    gateway.close();
    assertThat(session.run("list").err())
        .isEqualTo("error: Bessemer is not running: ./bessemer up (or add --local)\n");
    Done done = session.remote(gateway).run("jobs", "list");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .isEqualTo(
            "error: nothing answers at %s: is Bessemer running there?\n".formatted(gateway.url()));
  }
}
