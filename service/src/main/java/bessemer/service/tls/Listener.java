package bessemer.service.tls;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How a service's port is protected: over HTTPS wherever others than this machine can reach it.
public sealed interface Listener {
  /// Only this machine reaches it, or only the other containers of a private network do.
  record Plain() implements Listener {}

  record Tls(OwnCertificate certificate) implements Listener {}

  /// @param tls `auto` for HTTPS beyond loopback, `on` for HTTPS always, `container` for plain HTTP
  ///   between containers, whose private network ends at ports published on loopback
  /// @param certificates the directory of the service's own certificate
  /// @throws IllegalArgumentException if plain HTTP would be open to other machines
  static Listener of(String tls, InetAddress address, Path certificates, String service) {
    return of(tls, address, certificates, service, inContainer());
  }

  static Listener of(
      String tls, InetAddress address, Path certificates, String service, boolean inContainer) {
    boolean https =
        switch (tls.toLowerCase(Locale.ROOT)) {
          case "auto" -> !address.isLoopbackAddress();
          case "on" -> true;
          case "container" -> {
            if (!inContainer && !address.isLoopbackAddress()) {
              throw new IllegalArgumentException(
                  ("BESSEMER_TLS=container would open %s to other machines without TLS: this is no"
                          + " container. Leave it out for HTTPS, or listen on 127.0.0.1")
                      .formatted(address.getHostAddress()));
            }
            yield false;
          }
          default ->
              throw new IllegalArgumentException(
                  "BESSEMER_TLS is '%s'; it can be auto, on or container".formatted(tls));
        };
    return https ? new Tls(OwnCertificate.loadOrCreate(certificates, service)) : new Plain();
  }

  default String scheme() {
    return switch (this) {
      case Plain() -> "http";
      case Tls _ -> "https";
    };
  }

  default Optional<String> fingerprint() {
    return switch (this) {
      case Plain() -> Optional.empty();
      case Tls(OwnCertificate certificate) -> Optional.of(certificate.fingerprint());
    };
  }

  private static boolean inContainer() {
    return System.getenv("KUBERNETES_SERVICE_HOST") != null
        || List.of("/.dockerenv", "/run/.containerenv").stream()
            .anyMatch(mark -> Files.exists(Path.of(mark)));
  }
}
