package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.parity.PythonRecorder.Search;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// With a shell in Python's place: the interpreter is whatever is configured.
@DisabledOnOs(OS.WINDOWS)
final class PythonRecorderTest {
  private static final Path SHELL = Path.of("/bin/sh");

  @TempDir private Path root;
  private Path script;
  private Path source;
  private Path pack;

  @BeforeEach
  void prepare() throws IOException {
    script = root.resolve("tools/reference/record.py");
    source = Files.createDirectory(root.resolve("source with a space; and more"));
    pack = root.resolve("pack");
    Files.createDirectories(script.getParent());
  }

  private PythonRecorder recorder(String text, PythonRecorder.Waiter waiter) throws IOException {
    Files.writeString(script, text);
    var environment = Map.of("PATH", "/usr/bin:/bin", "HF_TOKEN", "secret", "PYTHONPATH", "/x");
    return new PythonRecorder(SHELL, script, Duration.ofSeconds(7), environment, waiter);
  }

  private static boolean wait(Process process, Duration limit) throws InterruptedException {
    process.waitFor();
    return true;
  }

  @Test
  void passesFixedArgumentsAndAnOfflineEnvironment() throws Exception {
    String text =
        """
        mkdir "$3"
        printf '%s\\n' "$1" "$2" "$3" > "$3/arguments"
        env > "$3/environment"
        """;
    recorder(text, PythonRecorderTest::wait).record(source, pack);
    assertThat(Files.readAllLines(pack.resolve("arguments")))
        .containsExactly(source.toString(), "--out", pack.toString());
    assertThat(Files.readAllLines(pack.resolve("environment")))
        .contains("HF_HUB_OFFLINE=1", "TRANSFORMERS_OFFLINE=1")
        .noneMatch(line -> line.startsWith("HF_TOKEN") || line.startsWith("PYTHONPATH"));
  }

  @Test
  void tellsWhatTheScriptWroteLast() throws IOException {
    PythonRecorder recorder =
        recorder("echo 'no module named torch' >&2; exit 3", PythonRecorderTest::wait);
    assertThatThrownBy(() -> recorder.record(source, pack))
        .isInstanceOf(RecordingFailedException.class)
        .hasMessage("/bin/sh could not record " + source + ", exit code 3: no module named torch");
  }

  @Test
  void endsAProcessThatIsNotDoneInTime() throws Exception {
    Process[] waitedFor = new Process[1];
    PythonRecorder recorder =
        recorder(
            "while :; do sleep 1; done",
            (process, limit) -> {
              waitedFor[0] = process;
              return false;
            });
    assertThatThrownBy(() -> recorder.record(source, pack))
        .isInstanceOf(RecordingFailedException.class)
        .hasMessage("recording " + source + " took longer than 7 s, ended");
    assertThat(waitedFor[0].waitFor()).isNotZero();
  }

  @Test
  void saysHowToConfigureWhatIsMissing() throws IOException {
    Duration limit = Duration.ofMinutes(1);
    assertThat(PythonRecorder.search(Map.of(), root, limit))
        .isInstanceOfSatisfying(
            Search.Missing.class,
            missing ->
                assertThat(missing.reason())
                    .startsWith("no Python is configured: set BESSEMER_PYTHON to an interpreter"));
    assertThat(PythonRecorder.search(Map.of("BESSEMER_PYTHON", "python3"), root, limit))
        .isEqualTo(
            new Search.Missing(
                "BESSEMER_PYTHON=python3 is not the absolute path of an executable"));
    var configured = Map.of("BESSEMER_PYTHON", SHELL.toString());
    assertThat(PythonRecorder.search(configured, root, limit))
        .isEqualTo(new Search.Missing(script + " is missing: the installation is incomplete"));
    Files.writeString(script, "exit 0");
    assertThat(PythonRecorder.search(configured, root, limit)).isInstanceOf(Search.Found.class);
  }
}
