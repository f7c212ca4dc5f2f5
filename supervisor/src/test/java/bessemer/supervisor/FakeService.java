package bessemer.supervisor;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A service for tests: answers on its management port, and writes down when it starts and ends.
final class FakeService {
  private FakeService() {}

  /// @param arguments its name, and the file that it writes to
  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[1]);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> write(file, "end " + arguments[0])));
    System.out.println(arguments[0] + " says hello");
    int port = Integer.parseInt(System.getenv("BESSEMER_MANAGEMENT_PORT"));
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/actuator/health",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    write(file, "start " + arguments[0]);
    server.start();
  }

  private static void write(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
