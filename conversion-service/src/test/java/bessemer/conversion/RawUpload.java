package bessemer.conversion;

import bessemer.contracts.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// An upload whose sender can stop in the middle.
public final class RawUpload implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;

  public RawUpload(TestService service, String path, long length) throws IOException {
    socket = new Socket("127.0.0.1", service.port());
    socket.setSoTimeout(60_000);
    out = socket.getOutputStream();
    String head =
        "PUT %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, service.token(Scope.WRITE), length);
    out.write(head.getBytes(StandardCharsets.US_ASCII));
  }

  public RawUpload send(byte[] bytes, int from, int to) throws IOException {
    out.write(bytes, from, to - from);
    out.flush();
    return this;
  }

  /// The first line of the answer.
  public String answer() throws IOException {
    var reader =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    return String.valueOf(reader.readLine());
  }

  /// Cuts the connection.
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
