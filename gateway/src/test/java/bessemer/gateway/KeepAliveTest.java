package bessemer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Reactor Netty 1.3.7 forgets to read on after two requests that came at once, when the second is
/// answered without waiting for anything: the third is never answered.
class KeepAliveTest {

  @Test
  void aConnectionGoesOnAfterRequestsThatCameTogether() throws Exception {
    try (var bessemer = new Installation();
        Socket socket = new Socket("127.0.0.1", bessemer.port())) {
      socket.setSoTimeout(20_000);
      String lookedUp = request("Authorization: Bearer " + bessemer.key(Scope.ADMIN) + "\r\n");
      String refusedAtOnce = request("");
      OutputStream out = socket.getOutputStream();
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));

      out.write((lookedUp + refusedAtOnce).getBytes(StandardCharsets.US_ASCII));
      assertThat(statusOf(in)).contains("200");
      assertThat(statusOf(in)).contains("401");
      out.write(refusedAtOnce.getBytes(StandardCharsets.US_ASCII));
      assertThat(statusOf(in)).contains("401");
    }
  }

  private static String request(String header) {
    return "GET /api/v1/keys HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n";
  }

  /// Reads one answer, which has a length.
  private static String statusOf(BufferedReader in) throws IOException {
    String status = in.readLine();
    int length = 0;
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      if (line.toLowerCase().startsWith("content-length:")) {
        length = Integer.parseInt(line.substring("content-length:".length()).strip());
      }
    }
    assertThat(in.skip(length)).isEqualTo(length);
    return status;
  }
}
