package bessemer.supervisor;

import bessemer.supervisor.process.OwnFile;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What runs on this machine for one home directory: the content of `cluster.json`.
///
/// @param url of the gateway, for clients on this machine
/// @param fingerprint SHA-256 of the gateway's certificate; null without TLS
/// @param ports of internal listeners by name, kept from one start to the next
/// @param supervisor the process that keeps the parts; null when none does
/// @param problem why it did not come up
public record Cluster(
    String version,
    Phase phase,
    String url,
    @Nullable String fingerprint,
    Map<String, Integer> ports,
    @Nullable ProcessMark supervisor,
    List<PartState> parts,
    @Nullable Problem problem) {

  public enum Phase {
    STARTING,
    UP,
    STOPPING,
    STOPPED,
    FAILED
  }

  /// @param part whose log says more; null when it was none of them
  public record Problem(@Nullable String part, String message) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // of another version
          .build();

  /// The last recorded state; empty before the first start.
  public static Optional<Cluster> read(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readValue(text, Cluster.class));
    } catch (JacksonException e) {
      throw new IOException(
          "%s is damaged (%s): end the processes that it names, then delete it"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }

  void write(Path file) throws IOException {
    OwnFile.write(file, MAPPER.writeValueAsString(this) + "\n", false);
  }

  Cluster withPorts(String newUrl, @Nullable String newFingerprint, Map<String, Integer> chosen) {
    return new Cluster(version, phase, newUrl, newFingerprint, chosen, supervisor, parts, problem);
  }

  Cluster with(Phase next, @Nullable Problem why) {
    return new Cluster(version, next, url, fingerprint, ports, supervisor, parts, why);
  }

  Cluster with(List<PartState> now) {
    return new Cluster(version, phase, url, fingerprint, ports, supervisor, now, problem);
  }

  /// The supervisor, if it lives.
  public Optional<ProcessHandle> running() {
    return Optional.ofNullable(supervisor).flatMap(ProcessMark::alive);
  }

  public Optional<PartState> part(String name) {
    return parts.stream().filter(part -> part.name().equals(name)).findFirst();
  }
}
