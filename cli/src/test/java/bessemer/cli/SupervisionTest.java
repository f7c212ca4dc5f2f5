package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisionTest {
  @TempDir Path folder;

  @Test
  void whatDoesNotRunHasAStatusOfItsOwnAndNothingToStop() {
    Session session = new Session(folder);
    Session.Done status = session.run("status");
    assertThat(status.code()).isEqualTo(3);
    assertThat(status.err()).contains("nothing runs", "./bessemer up");
    assertThat(session.run("status", "--json").out()).contains("\"state\" : \"down\"");
    assertThat(session.run("down").code()).isZero();
    assertThat(session.run("logs").code()).isEqualTo(3);
  }

  @Test
  void logsOfSeveralServicesComeInTheOrderOfTime() throws IOException {
    Path logs = Files.createDirectories(folder.resolve("home/logs"));
    Files.writeString(
        logs.resolve("gateway.log"),
        """
        {"@timestamp":"2026-11-21T10:00:01Z","level":"INFO","message":"first","request":"r1"}
        {"@timestamp":"2026-11-21T10:00:03Z","level":"ERROR","message":"third","stack_trace":"a\\n b"}
        """);
    Files.writeString(
        logs.resolve("postgres.log"),
        """
        2026-11-21 10:00:02.000 UTC [7] LOG:  second
        \tgoes on
        2026-11-21 10:00:04.000 UTC [7] FATAL:  fourth
        """);
    Session session = new Session(folder);
    Session.Done all = session.run("logs");
    assertThat(all.out().lines().map(line -> line.substring(20)))
        .containsExactly(
            "gateway            INFO  first  request=r1",
            "postgres           INFO  second",
            "postgres                 \tgoes on",
            "gateway            ERROR third",
            "a",
            " b",
            "postgres           ERROR fourth");
  }
}
