package bessemer.foundry.parity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Records a reference pack with PyTorch in a Python environment that an administrator configured:
/// `BESSEMER_PYTHON` names its interpreter. The script is the one that ships, the arguments are
/// fixed, no shell is involved, the environment holds nothing but what is listed here and forbids
/// the network to the libraries, and time and memory are bounded.
///
/// Memory is bounded by `prlimit` of util-linux, where it exists; elsewhere (macOS) only the time
/// is. The source must be a directory that our own readers have accepted; PyTorch's own files are
/// unpickled with nothing but weights allowed.
public final class PythonRecorder {
  public static final String VARIABLE = "BESSEMER_PYTHON";
  private static final String SCRIPT = "tools/reference/record.py";
  private static final List<String> KEPT =
      List.of("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS");
  private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");
  private static final long RUNTIME_BYTES = 16L << 30; // address space of Python with PyTorch
  private static final int TAIL = 2000;

  /// Whether recording is possible here.
  public sealed interface Search {
    record Found(PythonRecorder recorder) implements Search {}

    /// @param reason what is missing and how to configure it
    record Missing(String reason) implements Search {}
  }

  /// Waits for a process; a seam for tests of the time limit.
  interface Waiter {
    /// @return whether it has ended within the limit
    boolean await(Process process, Duration limit) throws InterruptedException;
  }

  private final Path python;
  private final Path script;
  private final Duration limit;
  private final Map<String, String> environment;
  private final Waiter waiter;

  PythonRecorder(
      Path python, Path script, Duration limit, Map<String, String> environment, Waiter waiter) {
    this.python = python;
    this.script = script;
    this.limit = limit;
    this.environment = Map.copyOf(environment);
    this.waiter = waiter;
  }

  /// @param environment of this process
  /// @param root the installation, which holds `tools/reference/record.py`
  /// @param limit after which a recording is ended
  public static Search search(Map<String, String> environment, Path root, Duration limit) {
    String named = environment.getOrDefault(VARIABLE, "");
    if (named.isBlank()) {
      return new Search.Missing(
          "no Python is configured: set "
              + VARIABLE
              + " to an interpreter with torch, transformers and safetensors"
              + " (tools/requirements.txt)");
    }
    Path python = Path.of(named);
    if (!python.isAbsolute() || !Files.isExecutable(python)) {
      return new Search.Missing(
          VARIABLE + "=" + named + " is not the absolute path of an executable");
    }
    Path script = root.resolve(SCRIPT);
    if (!Files.isRegularFile(script)) {
      return new Search.Missing(script + " is missing: the installation is incomplete");
    }
    return new Search.Found(
        new PythonRecorder(python, script, limit, environment, PythonRecorder::await));
  }

  private static boolean await(Process process, Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Records the source into a directory that becomes a pack.
  ///
  /// @param source a directory of safetensors or `.bin` files with its `config.json`
  /// @throws RecordingFailedException if PyTorch cannot, or not within the limits
  public void record(Path source, Path pack) throws IOException, InterruptedException {
    Path log = Files.createTempFile("bessemer-record", ".log");
    try {
      Process process = started(command(source, pack), log);
      try {
        if (!waiter.await(process, limit)) {
          throw new RecordingFailedException(
              "recording " + source + " took longer than " + limit.toSeconds() + " s, ended");
        }
      } finally {
        end(process);
      }
      if (process.exitValue() != 0) {
        throw new RecordingFailedException(
            "%s could not record %s, exit code %d: %s"
                .formatted(python, source, process.exitValue(), tail(log)));
      }
    } finally {
      Files.deleteIfExists(log);
    }
  }

  private List<String> command(Path source, Path pack) throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(PRLIMIT)) {
      long bytes = RUNTIME_BYTES + 8 * bytes(source); // fp32 of 16-bit weights twice, activations
      command.addAll(List.of(PRLIMIT.toString(), "--as=" + bytes));
    }
    command.addAll(List.of(python.toString(), script.toAbsolutePath().toString()));
    command.addAll(List.of(source.toAbsolutePath().toString(), "--out"));
    command.add(pack.toAbsolutePath().toString());
    return command;
  }

  private static long bytes(Path directory) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private Process started(List<String> command, Path log) throws IOException {
    var builder = new ProcessBuilder(command);
    Map<String, String> clean = builder.environment();
    clean.clear();
    KEPT.stream().filter(environment::containsKey).forEach(k -> clean.put(k, environment.get(k)));
    clean.put("HF_HUB_OFFLINE", "1");
    clean.put("TRANSFORMERS_OFFLINE", "1");
    clean.put("HF_HUB_DISABLE_TELEMETRY", "1");
    clean.put("PYTHONNOUSERSITE", "1");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(log.toFile());
    return builder.start();
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static String tail(Path log) throws IOException {
    String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
    return text.length() <= TAIL ? text : "…" + text.substring(text.length() - TAIL);
  }
}
