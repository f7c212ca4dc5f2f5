package bessemer.service.tls;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// How a service's port is protected: over HTTPS wherever others than this machine can reach it.
public sealed interface Listener {
  /// Only this machine reaches it.
  record Plain() implements Listener {}

  record Tls(OwnCertificate certificate) implements Listener {}

  /// @param tls `auto` for HTTPS beyond loopback, `on` for HTTPS always; plain HTTP is never open
  ///   to other machines
  /// @param certificates the directory of the service's own certificate
  static Listener of(String tls, InetAddress address, Path certificates, String service) {
    boolean https =
        switch (tls.toLowerCase(Locale.ROOT)) {
          case "auto" -> !address.isLoopbackAddress();
          case "on" -> true;
          default ->
              throw new IllegalArgumentException(
                  "BESSEMER_TLS is '%s'; it can be auto or on".formatted(tls));
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
}
