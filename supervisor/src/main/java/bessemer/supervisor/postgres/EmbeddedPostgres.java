package bessemer.supervisor.postgres;

import bessemer.supervisor.process.OwnFile;
import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A PostgreSQL server of this installation's own: durable, on 127.0.0.1 with a password, small.
///
/// The services are an ordinary role in a database of theirs. The superuser cannot log in at all:
/// the only way in is the line below for `bessemer`.
public final class EmbeddedPostgres {
  public static final String NAME = "postgres";
  private static final String ACCESS = "host bessemer bessemer 127.0.0.1/32 scram-sha-256\n";

  private final Path directory;
  private final Path binaries;
  private final List<String> prefix;

  private EmbeddedPostgres(Path directory, Path binaries, List<String> prefix) {
    this.directory = directory;
    this.binaries = binaries;
    this.prefix = prefix;
  }

  /// Unpacks the programs when that has not happened yet.
  ///
  /// @param directory of the data and the password; private
  /// @param cache where the programs go
  public static EmbeddedPostgres in(Path directory, Path cache) throws IOException {
    List<String> prefix = Account.prefix();
    return new EmbeddedPostgres(directory, Binaries.unpack(cache), prefix);
  }

  public static boolean isUnpacked(Path cache) throws IOException {
    return Files.exists(Binaries.home(cache));
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Path passwordFile() {
    return directory.resolve("password");
  }

  public boolean isInitialized() {
    return Files.exists(data().resolve("PG_VERSION"));
  }

  /// Makes an empty database, at once or not at all.
  public void initialize() throws IOException, InterruptedException {
    if (isInitialized()) {
      checkVersion();
      return;
    }
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    OwnFile.write(passwordFile(), password + "\n", true);
    Path fresh = directory.resolve("data.new");
    if (Files.exists(fresh)) {
      Binaries.delete(fresh); // an attempt that was cut short
    }
    run(initdb(fresh), "");
    Files.writeString(fresh.resolve("pg_hba.conf"), ACCESS);
    run(
        command("postgres", "--single", "-D", fresh.toString(), "postgres"),
        """
        create role bessemer login password '%s'
        create database bessemer owner bessemer
        """
            .formatted(password));
    Files.move(fresh, data(), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<String> initdb(Path fresh) {
    return command(
        "initdb",
        "--pgdata=" + fresh,
        "--username=postgres",
        "--auth=scram-sha-256",
        "--pwfile=" + passwordFile(),
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions");
  }

  private void checkVersion() throws IOException {
    String mine = Binaries.version().replaceFirst("\\..*", "");
    String found = Files.readString(data().resolve("PG_VERSION")).strip();
    if (!found.equals(mine)) {
      throw new SupervisorException(
          "the data in %s is of PostgreSQL %s and this version brings %s: make a backup with the"
                  .formatted(data(), found, mine)
              + " bessemer that wrote it, move the directory away and restore");
    }
  }

  private List<String> command(String program, String... arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(binaries.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private void run(List<String> command, String input) throws IOException, InterruptedException {
    Path output = directory.resolve("initialize.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new SupervisorException(
          "PostgreSQL could not be set up: %s; the whole output is in %s"
              .formatted(Files.readString(output).strip().replaceFirst("(?s).*\n", ""), output));
    }
    Files.delete(output);
  }

  public Database database(int port) throws IOException {
    String password = Files.readString(passwordFile()).strip();
    return new Database(
        "jdbc:postgresql://127.0.0.1:%d/bessemer".formatted(port), "bessemer", password);
  }

  /// The server as something to be kept running. A server that another process left running has to
  /// be ended before: see [#leftover].
  public Part part(int port) {
    List<String> command =
        command("postgres", "-D", data().toString(), "-p", Integer.toString(port));
    for (String setting : SETTINGS) {
      command.addAll(List.of("-c", setting));
    }
    return new Part(
        NAME,
        command,
        Map.of("LC_ALL", "C"),
        Part.Signal.INT, // "fast": ends sessions, keeps the data clean
        this::isReady,
        Map.of("port", port));
  }

  /// Small, durable, and without a socket file that somebody else could reach.
  private static final List<String> SETTINGS =
      List.of(
          "listen_addresses=127.0.0.1",
          "unix_socket_directories=",
          "max_connections=60",
          "shared_buffers=64MB",
          "max_wal_size=512MB",
          "max_parallel_workers_per_gather=0",
          "max_logical_replication_workers=0",
          "io_method=sync",
          "jit=off",
          "logging_collector=off",
          "log_destination=stderr",
          "log_line_prefix=%m [%p] ",
          "log_timezone=UTC",
          "timezone=UTC");

  /// The server writes its state into the last line of its lock file.
  private boolean isReady(ProcessHandle process) {
    try {
      List<String> lines = Files.readAllLines(lockFile());
      return lines.size() >= 8
          && lines.getFirst().strip().equals(Long.toString(process.pid()))
          && lines.get(7).strip().equals("ready");
    } catch (IOException notYet) {
      return false;
    }
  }

  private Path lockFile() {
    return data().resolve("postmaster.pid");
  }

  /// Removes the lock file of a server that is dead. The server itself would take any process that
  /// has the old id by now for its predecessor.
  ///
  /// @return the server, if it is alive after all
  public Optional<ProcessHandle> leftover() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(lockFile());
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    long pid = lines.isEmpty() ? 0 : Long.parseLong(lines.getFirst().strip());
    Optional<ProcessHandle> alive =
        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::isServer);
    if (alive.isEmpty()) {
      Files.deleteIfExists(lockFile());
    }
    return alive;
  }

  private boolean isServer(ProcessHandle process) {
    // Its own, not that of another installation: only the server itself names its data.
    return process.info().arguments().stream()
        .flatMap(java.util.Arrays::stream)
        .anyMatch(data().toString()::equals);
  }
}
