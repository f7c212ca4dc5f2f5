package bessemer.cli;

import bessemer.contracts.Artifact;
import bessemer.contracts.SourceRequest;
import bessemer.contracts.SourceView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/// Sources of a [FakeGateway], which keeps what it is sent.
final class FakeUploads {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final FakeGateway gateway;
  private final String path;
  private final UUID id;
  private final Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();
  private SourceRequest request;
  private boolean takesPaths = true;
  private int breaksAfter = -1;

  /// @param path `/api/v1/sources` or `/api/v1/references`
  FakeUploads(FakeGateway gateway, String path, UUID id) {
    this.gateway = gateway;
    this.path = path;
    this.id = id;
    gateway.on(
        "POST " + path,
        (exchange, asked) -> {
          register(JSON.readValue(asked.body(), SourceRequest.class));
          FakeGateway.json(201, view()).give(exchange, asked);
        });
    gateway.on(
        "GET " + path + "/" + id,
        (exchange, asked) -> FakeGateway.json(200, view()).give(exchange, asked));
  }

  /// Refuses files by their path.
  FakeUploads refusesPaths() {
    takesPaths = false;
    return this;
  }

  /// Cuts the first upload off after some bytes.
  FakeUploads breaksAfter(int bytes) {
    breaksAfter = bytes;
    return this;
  }

  SourceRequest request() {
    return request;
  }

  byte[] content(String file) {
    return files.get(file).toByteArray();
  }

  private void register(SourceRequest wanted) {
    request = wanted;
    for (Artifact file : wanted.files()) {
      files.computeIfAbsent(file.file(), _ -> new ByteArrayOutputStream());
      gateway.on("PUT " + path + "/" + id + "/files/" + file.file(), receive(file));
    }
  }

  private FakeGateway.Answer receive(Artifact file) {
    return (FakeGateway.Raw)
        (exchange, asked) -> {
          String local = asked.headers().get("X-Bessemer-Local-Path");
          if (local != null && !takesPaths) {
            FakeGateway.problem(400, "Bad request", "files cannot be linked here")
                .give(exchange, asked);
            return;
          }
          byte[] sent = local == null ? body(exchange) : Files.readAllBytes(Path.of(local));
          if (sent == null) {
            exchange.close(); // cut off
            return;
          }
          files.get(file.file()).write(sent);
          FakeGateway.nothing(204).give(exchange, asked);
        };
  }

  private byte[] body(com.sun.net.httpserver.HttpExchange exchange) throws IOException {
    if (breaksAfter < 0) {
      return exchange.getRequestBody().readAllBytes();
    }
    byte[] some = exchange.getRequestBody().readNBytes(breaksAfter);
    breaksAfter = -1;
    String name = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
    files.get(name).write(some);
    return null;
  }

  private String view() {
    var received = request.files().stream().map(f -> (long) files.get(f.file()).size()).toList();
    boolean complete = true;
    for (int i = 0; i < received.size(); i++) {
      complete &= received.get(i) == request.files().get(i).bytes();
    }
    return JSON.writeValueAsString(
        new SourceView(id, request.name(), complete, Instant.EPOCH, request.files(), received));
  }
}
