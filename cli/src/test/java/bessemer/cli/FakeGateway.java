package bessemer.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A gateway that answers what a test laid out, and remembers what it was asked.
final class FakeGateway implements AutoCloseable {
  static final String KEY = "bsm_abcdefghij_0123456789abcdef0123456789abcdef";

  /// @param path with the query
  record Asked(String method, String path, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  interface Answer {
    void give(HttpExchange exchange, Asked asked) throws IOException;
  }

  private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;

  FakeGateway() throws IOException {
    start(0);
  }

  private void start(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// Lays out answers for a call; the last one is given again and again.
  FakeGateway on(String call, Answer... some) {
    answers.put(call, new ArrayDeque<>(List.of(some)));
    return this;
  }

  List<Asked> asked(String call) {
    return asked.stream().filter(a -> (a.method() + " " + bare(a.path())).equals(call)).toList();
  }

  List<String> calls() {
    return asked.stream().map(a -> a.method() + " " + a.path()).toList();
  }

  private static String bare(String path) {
    return path.replaceFirst("\\?.*", "");
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      boolean known = ("Bearer " + KEY).equals(headers.get("Authorization"));
      Answer answer = known ? take(exchange) : problem(401, "Unauthorized", "no such key");
      byte[] body = answer instanceof Raw ? new byte[0] : exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().toString();
      var now = new Asked(exchange.getRequestMethod(), path, headers, body);
      asked.add(now);
      answer.give(exchange, now);
    }
  }

  /// An answer that reads the body itself.
  interface Raw extends Answer {}

  private Answer take(HttpExchange exchange) {
    Deque<Answer> some = answers.get(call(exchange));
    if (some == null) {
      return notFound();
    }
    synchronized (some) {
      return some.size() == 1 ? some.peek() : some.poll();
    }
  }

  private static String call(HttpExchange exchange) {
    return exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
  }

  private static Answer notFound() {
    return (exchange, asked) ->
        problem(404, "Not found", "there is no " + asked.path()).give(exchange, asked);
  }

  static Answer json(int status, String body) {
    return (exchange, _) -> {
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      send(exchange, status, body);
    };
  }

  static Answer problem(int status, String title, String detail, String... more) {
    var body =
        new StringBuilder(
            "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\""
                .formatted(title, status, detail));
    for (int i = 0; i < more.length; i += 2) {
      body.append(",\"%s\":\"%s\"".formatted(more[i], more[i + 1]));
    }
    String text = body.append('}').toString();
    return (exchange, _) -> {
      exchange.getResponseHeaders().add("Content-Type", "application/problem+json");
      exchange.getResponseHeaders().add("Retry-After", "7");
      send(exchange, status, text);
    };
  }

  static Answer nothing(int status) {
    return (exchange, _) -> exchange.sendResponseHeaders(status, -1);
  }

  /// A stream of server-sent events that ends after the last one.
  static Answer events(String... some) {
    return (exchange, _) -> {
      exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        for (String event : some) {
          out.write(event.getBytes(StandardCharsets.UTF_8));
          out.flush();
        }
      }
    };
  }

  /// A stream of events that breaks after the last one.
  static Answer cutOff(String... some) {
    return (exchange, _) -> {
      exchange.sendResponseHeaders(200, 1 << 20); // more than comes
      exchange.getResponseBody().write(String.join("", some).getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
    };
  }

  /// A connection that breaks before there is an answer.
  static Answer broken() {
    return (exchange, _) -> exchange.close();
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /// Is away and comes back at the same address.
  void restart() throws IOException {
    int port = server.getAddress().getPort();
    server.stop(0);
    start(port);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
