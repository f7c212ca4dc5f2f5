package bessemer.supervisor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.TreeMap;

/// Ports of this installation: chosen once, kept as long as nobody else took them.
final class Ports {
  private final Map<String, Integer> chosen = new TreeMap<>();
  private final Map<String, Integer> recorded;

  Ports(Map<String, Integer> recorded) {
    this.recorded = Map.copyOf(recorded);
  }

  /// A free port of 127.0.0.1: the same as at the last start when possible.
  int internal(String name) throws IOException {
    Integer before = recorded.get(name);
    int port = before != null && isFree(loopback(), before) ? before : free();
    chosen.put(name, port);
    return port;
  }

  /// A port that people know: this one or a clear refusal; 0 for any.
  int fixed(String name, InetAddress address, int port) throws IOException {
    if (port == 0) {
      return internal(name);
    }
    if (!isFree(address, port)) {
      throw new bessemer.supervisor.process.SupervisorException(
          "port %d of %s is in use: end what listens there or choose another,"
                  .formatted(port, address.getHostAddress())
              + " ./bessemer up --port N");
    }
    chosen.put(name, port);
    return port;
  }

  Map<String, Integer> chosen() {
    return Map.copyOf(chosen);
  }

  static boolean isFree(InetAddress address, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // connections that linger after a stop do not count
      socket.bind(new InetSocketAddress(address, port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private int free() throws IOException {
    while (true) {
      try (ServerSocket socket = new ServerSocket(0, 1, loopback())) {
        if (!chosen.containsValue(socket.getLocalPort())) {
          return socket.getLocalPort();
        }
      }
    }
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }
}
