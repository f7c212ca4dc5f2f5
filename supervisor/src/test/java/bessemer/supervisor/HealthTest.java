package bessemer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final String METRICS =
      """
      # TYPE bessemer_kernels_info gauge
      bessemer_kernels_info{backend="cpu",kernels="cpu, avx2 kernels, 2 threads",service="x"} 1.0
      """;

  @Test
  void kernelsAreReadFromTheMetrics() throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    HttpServer server = HttpServer.create(new InetSocketAddress(here, 0), 0);
    server.createContext(
        "/actuator/prometheus",
        exchange -> {
          byte[] body = METRICS.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    int port = server.getAddress().getPort();
    try {
      assertThat(Health.kernels(port)).contains("cpu, avx2 kernels, 2 threads");
      assertThat(Health.isUp(port)).isFalse(); // it has no such page
    } finally {
      server.stop(0);
    }
    assertThat(Health.kernels(port)).isEmpty();
    assertThat(Health.kernels("jvm_info{} 1.0\n")).isEmpty();
  }
}
