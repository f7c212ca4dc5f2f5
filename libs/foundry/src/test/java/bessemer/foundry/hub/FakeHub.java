package bessemer.foundry.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/// A hub on `localhost` that redirects large files to a second server on `127.0.0.1`.
final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /// What was asked: server, path with query, the headers that matter.
  record Seen(String server, String path, String authorization, String range) {}

  interface Reply {
    void to(HttpExchange exchange) throws IOException;
  }

  final List<Seen> seen = new ArrayList<>();
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

  void on(String path, Reply reply) {
    replies.put(path, reply);
  }

  /// Answers this once, before what [#on] says.
  void once(String path, Reply reply) {
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

  /// Promises the whole content and closes the connection after `sent` bytes.
  static Reply cut(byte[] content, int sent) {
    return e -> {
      e.sendResponseHeaders(200, content.length);
      e.getResponseBody().write(content, 0, sent);
      e.getResponseBody().flush();
      throw new IOException("cut on purpose");
    };
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

  private synchronized void answer(String name, HttpExchange e) throws IOException {
    String path = e.getRequestURI().toString();
    String token = e.getRequestHeaders().getFirst("Authorization");
    String range = e.getRequestHeaders().getFirst("Range");
    seen.add(new Seen(name, path, token == null ? "" : token, range == null ? "" : range));
    Deque<Reply> queued = first.getOrDefault(path, new ArrayDeque<>());
    Reply fallback = replies.getOrDefault(path, status(404, "X-Error-Code", "EntryNotFound"));
    try (e) {
      (queued.isEmpty() ? fallback : queued.poll()).to(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
  }
}
