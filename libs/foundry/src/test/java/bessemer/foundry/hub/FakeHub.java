package bessemer.foundry.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A hub on `localhost` that redirects large files to a second server on `127.0.0.1`.
final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /// What was asked: server, path with query, the headers that matter.
  record Seen(String server, String path, String authorization, String range) {}

  interface Reply {
    void to(HttpExchange exchange) throws IOException;
  }

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final Map<String, Reply> replies = new HashMap<>();
  private final Map<String, Deque<Reply>> first = new HashMap<>();
  private final HttpServer hub = start("hub");
  private final HttpServer cdn = start("cdn");

  URI endpoint() {
    return URI.create("http://localhost:" + hub.getAddress().getPort());
  }

  String cdn(String path) {
    return "http://127.0.0.1:" + cdn.getAddress().getPort() + path;
  }

  synchronized void on(String path, Reply reply) {
    replies.put(path, reply);
  }

  /// Answers this once, before what [#on] says.
  synchronized void once(String path, Reply reply) {
    first.computeIfAbsent(path, _ -> new ArrayDeque<>()).add(reply);
  }

  void repository(String tree) {
    on("/api/models/org/m/revision/main", json("{\"sha\":\"" + COMMIT + "\"}"));
    on("/api/models/org/m/tree/" + COMMIT + "?recursive=true", json(tree));
  }

  static Reply json(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  static Reply status(int status, String... headers) {
    return e -> {
      for (int i = 0; i < headers.length; i += 2) {
        e.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      e.sendResponseHeaders(status, -1);
    };
  }

  /// The content from the first byte of `Range` on.
  static Reply bytes(byte[] content) {
    return e -> {
      String range = e.getRequestHeaders().getFirst("Range");
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      if (from > 0) {
        e.getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      e.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      e.getResponseBody().write(content, from, content.length - from);
    };
  }

  /// Promises the whole content, sends it up to `end`, does `then` and closes the connection.
  static Reply cut(byte[] content, int end, Runnable then) {
    return e -> {
      e.sendResponseHeaders(200, content.length);
      e.getResponseBody().write(content, 0, end);
      e.getResponseBody().flush();
      then.run();
      throw new IOException("cut on purpose");
    };
  }

  /// As [#cut] for a hub that continues at the first byte of `Range`.
  static Reply cutContinued(byte[] content, int end, Runnable then) {
    return e -> {
      String range = String.valueOf(e.getRequestHeaders().getFirst("Range"));
      int from = range.equals("null") ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      e.getResponseHeaders().set("Content-Range", "bytes %d-".formatted(from));
      e.sendResponseHeaders(206, content.length - from);
      e.getResponseBody().write(content, from, end - from);
      e.getResponseBody().flush();
      then.run();
      throw new IOException("cut on purpose");
    };
  }

  /// A port of this machine at which nobody listens.
  static int closedPort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  static String small(String path, int size, String gitBlob) {
    return """
    {"type":"file","path":"%s","size":%d,"oid":"%s"}\
    """
        .formatted(path, size, gitBlob);
  }

  static String large(String path, byte[] content) throws Exception {
    byte[] sha = MessageDigest.getInstance("SHA-256").digest(content);
    return """
    {"type":"file","path":"%s","size":%d,"oid":"%s","lfs":{"oid":"%s","size":%2$d}}\
    """
        .formatted(path, content.length, COMMIT, HexFormat.of().formatHex(sha));
  }

  private HttpServer start(String name) {
    try {
      var server =
          HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", e -> answer(name, e));
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(String name, HttpExchange e) throws IOException {
    String path = e.getRequestURI().toString();
    String token = e.getRequestHeaders().getFirst("Authorization");
    String range = e.getRequestHeaders().getFirst("Range");
    seen.add(new Seen(name, path, token == null ? "" : token, range == null ? "" : range));
    try (e) {
      reply(path).to(e);
    }
  }

  private synchronized Reply reply(String path) {
    Reply queued = first.getOrDefault(path, new ArrayDeque<>()).poll();
    return queued != null
        ? queued
        : replies.getOrDefault(path, status(404, "X-Error-Code", "EntryNotFound"));
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
  }
}
