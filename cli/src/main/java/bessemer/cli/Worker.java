package bessemer.cli;

import bessemer.supervisor.Installation;
import bessemer.supervisor.JoinedWorker;
import bessemer.supervisor.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = {
      "Lets this machine answer for another machine's cluster, until Ctrl-C.",
      "It needs neither a database nor a shared disk: models come from the gateway, over HTTPS."
    })
final class Worker implements Callable<Integer> {
  private static final long GRACE_SECONDS = 30; // for answers that have begun

  private final Console console;
  private final Home home;
  private final Map<String, String> environment;

  @Option(
      names = "--join",
      required = true,
      paramLabel = "URL",
      description = "The gateway, such as https://studio.local:8080.")
  private String gateway = "";

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = {
        "With the scope worker. Other users of this machine may see it in the list of processes:",
        "better BESSEMER_KEY in the environment. Needed the first time, and kept."
      })
  private @Nullable String key;

  @Option(
      names = "--fingerprint",
      paramLabel = "SHA256",
      description = "Of the gateway's certificate; `status` shows it there. Kept.")
  private String fingerprint = "";

  @Option(
      names = "--trust",
      description = "Take the certificate that the gateway shows the first time.")
  private boolean trust;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      description = {
        "Where the gateway's calls come in. Default: every interface, over HTTPS with a",
        "certificate of its own; for a gateway on this machine 127.0.0.1."
      })
  private @Nullable String listen;

  @Option(names = "--port", paramLabel = "N", description = "Default: any free one.")
  private int port;

  @Option(
      names = "--advertise",
      paramLabel = "HOST",
      description = "How the gateway reaches this machine. Default: the address used towards it.")
  private String advertise = "";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "What models may take, such as 24g. Default: 60 % of the machine's memory.")
  private String memory = "";

  @Option(
      names = "--name",
      paramLabel = "ID",
      description = "The worker's id. Default: one of the machine's name and the home directory.")
  private String name = "";

  @Option(names = "--json", description = "Print the log as JSON.")
  private boolean json;

  Worker(Console console, Home home, Map<String, String> environment) {
    this.console = console;
    this.home = home;
    this.environment = environment;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    URI address = address();
    Installation installation = home.installation();
    Path joined = Installation.ownDirectory(JoinedWorker.directory(installation));
    Path keyFile = keyFile(joined);
    Settings settings = Settings.read(environment, installation.settingsFile());
    List<String> command = new ArrayList<>(JoinedWorker.command(installation, settings));
    if (!json) {
      command.add("--logging.structured.format.console=");
    }
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    process.environment().putAll(settings.values());
    process.environment().putAll(variables(address, joined, keyFile));
    console.note("joining %s; Ctrl-C leaves".formatted(address));
    return run(process);
  }

  /// Until it ends, or this process does: then it finishes what it has begun.
  private static int run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    var stop = new Thread(() -> stop(process));
    Runtime.getRuntime().addShutdownHook(stop);
    int code = process.waitFor();
    return code == 0 ? Exit.OK.code() : Exit.FAILED.code();
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  private URI address() {
    try {
      URI address = new URI(gateway);
      boolean good =
          address.getHost() != null
              && address.getScheme() != null
              && Set.of("http", "https").contains(address.getScheme())
              && Set.of("", "/").contains(address.getRawPath());
      if (good) {
        return address;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new CommandException(
        Exit.USAGE, "--join %s: expected one like https://studio.local:8080".formatted(gateway));
  }

  /// The key is kept for the next time, for its owner alone.
  private Path keyFile(Path joined) throws IOException {
    Path file = joined.resolve("worker.key");
    String given = key != null ? key : environment.getOrDefault("BESSEMER_KEY", "");
    if (!given.isBlank()) {
      Path part = joined.resolve("worker.key.part");
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(part, given.strip() + "\n");
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } else if (!Files.exists(file)) {
      throw new CommandException(
          Exit.USAGE,
          "no key: give --key or BESSEMER_KEY; on the gateway's machine"
              + " `./bessemer keys create NAME --scope worker` makes one");
    }
    return file;
  }

  private Map<String, String> variables(URI address, Path joined, Path keyFile) {
    boolean https = address.getScheme().equals("https");
    Map<String, String> variables = new TreeMap<>();
    variables.put("BESSEMER_HOME", home.directory().toString());
    variables.put("BESSEMER_KEYS", joined.resolve("keys").toString());
    variables.put("BESSEMER_GATEWAY_URL", address.toString());
    variables.put("BESSEMER_WORKER_KEY_FILE", keyFile.toString());
    variables.put("BESSEMER_GATEWAY_FINGERPRINT", fingerprint);
    variables.put("BESSEMER_GATEWAY_TRUST", Boolean.toString(trust));
    variables.put("BESSEMER_MODELS", "pulled");
    variables.put("BESSEMER_ADDRESS", listen != null ? listen : https ? "0.0.0.0" : "127.0.0.1");
    variables.put("BESSEMER_PORT", Integer.toString(port));
    variables.put("BESSEMER_TLS", https ? "on" : "auto");
    variables.put("BESSEMER_MANAGEMENT_ADDRESS", "127.0.0.1");
    variables.put("BESSEMER_MANAGEMENT_PORT", "0");
    variables.put("BESSEMER_ADVERTISE", advertise);
    variables.put("BESSEMER_WORKER_ID", name);
    if (!memory.isBlank()) {
      variables.put("BESSEMER_MEMORY_BUDGET", memory);
    }
    return variables;
  }
}
