package bessemer.supervisor;

import bessemer.supervisor.process.SupervisorException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// Where the gateway listens.
///
/// @param port 0 for any free one
public record Listen(InetAddress address, int port) {
  public static final int PORT = 8080;

  public Listen {
    if (port < 0 || port > 65_535) {
      throw new SupervisorException("port %d: expected 1 to 65535, or 0 for any".formatted(port));
    }
  }

  public static Listen of(String address, int port) {
    try {
      return new Listen(InetAddress.getByName(address), port);
    } catch (UnknownHostException e) {
      throw new SupervisorException(
          "'%s' is no address of this machine: expected one like 127.0.0.1 or 0.0.0.0"
              .formatted(address));
    }
  }

  /// What the command line says wins over what the settings say.
  public static Listen chosen(@Nullable String address, @Nullable Integer port, Settings settings) {
    String chosen = address != null ? address : settings.get("BESSEMER_LISTEN").orElse("127.0.0.1");
    String set = settings.get("BESSEMER_PORT").orElse(Integer.toString(PORT));
    try {
      return of(chosen, port != null ? port : Integer.parseInt(set));
    } catch (NumberFormatException e) {
      throw new SupervisorException("BESSEMER_PORT is '%s', expected a number".formatted(set));
    }
  }

  /// Anybody in reach can listen in, beyond the machine itself: then only with TLS.
  boolean needsTls() {
    return !address.isLoopbackAddress();
  }

  /// For clients on this machine.
  String url(int actualPort) {
    String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
    String literal = host.contains(":") ? "[" + host + "]" : host;
    return "%s://%s:%d".formatted(needsTls() ? "https" : "http", literal, actualPort);
  }
}
