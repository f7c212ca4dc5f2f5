package bessemer.inference.join;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;

/// The certificates that gateways had when they were met: `known-gateways.properties` in the home
/// directory, `host:port=fingerprint`.
final class KnownGateways {
  private final Path file;

  KnownGateways(Path home) {
    this.file = home.resolve("known-gateways.properties");
  }

  Path file() {
    return file;
  }

  Optional<String> fingerprint(URI gateway) {
    return Optional.ofNullable(read().getProperty(name(gateway)));
  }

  void remember(URI gateway, String fingerprint) {
    Properties known = read();
    known.setProperty(name(gateway), fingerprint);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.createDirectories(file.getParent());
      try (var out = Files.newBufferedWriter(part)) {
        known.store(out, "Certificates of gateways, SHA-256");
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  private Properties read() {
    Properties known = new Properties();
    if (Files.exists(file)) {
      try (var in = Files.newBufferedReader(file)) {
        known.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(file + " cannot be read", e);
      }
    }
    return known;
  }

  private static String name(URI gateway) {
    return gateway.getHost() + ":" + Machine.port(gateway);
  }
}
