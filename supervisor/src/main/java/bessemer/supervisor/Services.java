package bessemer.supervisor;

import bessemer.supervisor.postgres.Database;
import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The services as processes: their commands and what they are told through the environment.
final class Services {
  /// What differs between them.
  ///
  /// @param computes whether it multiplies matrices: then it gets the optimizing compiler and the
  ///   Vector API. The others start faster and stay smaller without
  /// @param heap its limit, unless an administrator sets another
  record Kind(String name, String main, boolean computes, String heap) {}

  private static final Kind GATEWAY = new Kind("gateway", "bessemer.gateway.Main", false, "256m");
  private static final Kind CONVERSION =
      new Kind("conversion-service", "bessemer.conversion.Main", true, "1g");
  private static final Kind EVALUATION =
      new Kind("eval-service", "bessemer.evaluation.Main", true, "512m");
  static final Kind INFERENCE =
      new Kind("inference-service", "bessemer.inference.Main", true, "1g");

  /// In the order in which they are started.
  static final List<String> NAMES =
      List.of(GATEWAY.name, CONVERSION.name, EVALUATION.name, INFERENCE.name);

  private final Installation installation;
  private final Settings settings;
  private final boolean training;

  /// @param training whether the processes write the caches of their classes
  Services(Installation installation, Settings settings, boolean training) {
    this.installation = installation;
    this.settings = settings;
    this.training = training;
  }

  /// Refuses a port that is taken; before anything else is done.
  static int gatewayPort(Ports ports, Listen listen) throws IOException {
    return ports.fixed(GATEWAY.name, listen.address(), listen.port());
  }

  /// @param port of the gateway
  /// @param tls empty when the gateway listens on this machine alone
  List<Part> parts(
      Database database, Ports ports, Listen listen, int port, Optional<Certificate> tls)
      throws IOException {
    int conversionPort = ports.internal(CONVERSION.name);
    int evaluationPort = ports.internal(EVALUATION.name);
    Map<String, String> gateway = new HashMap<>(database.environment());
    gateway.put("BESSEMER_ADDRESS", listen.address().getHostAddress());
    gateway.put("BESSEMER_CONVERSION_URL", "http://127.0.0.1:" + conversionPort);
    gateway.put("BESSEMER_EVAL_URL", "http://127.0.0.1:" + evaluationPort);
    Map<String, String> conversion = new HashMap<>(database.environment());
    conversion.put("BESSEMER_LOCAL_PATHS", Boolean.toString(tls.isEmpty())); // same disk, same user
    Map<String, String> inference = new HashMap<>();
    inference.put("BESSEMER_GATEWAY_URL", listen.url(port));
    inference.put("BESSEMER_WORKER_KEY_FILE", installation.home().resolve("worker.key").toString());
    tls.ifPresent(certificate -> {
      gateway.put("BESSEMER_TLS_KEYSTORE", certificate.keystore().toString());
      gateway.put("BESSEMER_TLS_KEYSTORE_PASSWORD", certificate.password());
      inference.put("BESSEMER_GATEWAY_FINGERPRINT", certificate.fingerprint());
    });
    return List.of(
        part(GATEWAY, port, management(ports, GATEWAY), gateway),
        part(CONVERSION, conversionPort, management(ports, CONVERSION), conversion),
        part(EVALUATION, evaluationPort, management(ports, EVALUATION), database.environment()),
        part(INFERENCE, ports.internal(INFERENCE.name), management(ports, INFERENCE), inference));
  }

  private static int management(Ports ports, Kind kind) throws IOException {
    return ports.internal(kind.name + ".management");
  }

  private Part part(Kind kind, int port, int management, Map<String, String> own) {
    Map<String, String> environment = new HashMap<>(settings.values());
    environment.put("BESSEMER_HOME", installation.home().toString());
    environment.put("BESSEMER_ROOT", installation.root().toString());
    environment.put("BESSEMER_KEYS", installation.keys().toString());
    environment.put("BESSEMER_ADDRESS", "127.0.0.1");
    environment.put("BESSEMER_PORT", Integer.toString(port));
    environment.put("BESSEMER_MANAGEMENT_ADDRESS", "127.0.0.1");
    environment.put("BESSEMER_MANAGEMENT_PORT", Integer.toString(management));
    environment.putAll(own);
    return new Part(
        kind.name,
        command(kind),
        environment,
        Part.Signal.TERM,
        Health.probe(management),
        Map.of("port", port, "management", management));
  }

  List<String> command(Kind kind) {
    Path app = installation.app(kind.name);
    if (!Files.isDirectory(app)) {
      throw new SupervisorException(
          "%s is not built: %s is missing; build with ./bessemer".formatted(kind.name, app));
    }
    List<String> command = new ArrayList<>();
    command.add(JavaCommand.java());
    command.addAll(flags(kind));
    command.addAll(
        training ? JavaCommand.writeCache(app, kind.name) : JavaCommand.readCache(app, kind.name));
    settings.get(setting(kind)).ifPresent(set -> command.addAll(List.of(set.split("\\s+"))));
    command.addAll(List.of("-cp", app + "/*", kind.main));
    return command;
  }

  /// `BESSEMER_CONVERSION_SERVICE_JAVA_OPTIONS`, say: comes last and so wins.
  private static String setting(Kind kind) {
    return "BESSEMER_%s_JAVA_OPTIONS"
        .formatted(kind.name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static List<String> flags(Kind kind) {
    List<String> flags = new ArrayList<>();
    flags.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"));
    flags.addAll(List.of("-Xms32m", "-Xmx" + kind.heap, "-XX:+ExitOnOutOfMemoryError"));
    if (kind.computes) {
      flags.addAll(
          List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
    } else {
      flags.add("-XX:TieredStopAtLevel=1");
    }
    return flags;
  }
}
