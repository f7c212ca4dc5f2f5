package bessemer.inference;

import bessemer.checkpoint.ConfigJson;
import bessemer.contracts.ModelView;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerOrders;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;

/// A gateway with a catalogue and a register of workers, as far as a worker sees it; the home
/// directory of an installation belongs to it.
public final class FakeGateway implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String KEY = "bsm_0123456789_worker";

  private record Entry(ModelView view, String directory) {}

  /// A beat and who sent it.
  public record Beat(String worker, WorkerBeat state) {}

  private final Path home;
  private final HttpServer server;
  private final TokenKeys keys;
  private final CallSigner signer;
  private final Map<String, Entry> models = new ConcurrentHashMap<>();
  private final AtomicInteger lookUps = new AtomicInteger();
  private final BlockingQueue<Beat> beats = new LinkedBlockingQueue<>();
  private volatile boolean draining;

  public FakeGateway(Path home) throws IOException {
    this.home = home;
    Files.createDirectories(home.resolve("catalogue"));
    Files.writeString(home.resolve("worker.key"), KEY + "\n");
    keys = TokenKeys.loadOrCreate(home.resolve("keys"));
    signer = new CallSigner(keys, Clock.systemUTC());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/v1/models", this::model);
    server.createContext("/api/v1/workers/", this::worker);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  public Path home() {
    return home;
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /// A place below the catalogue's root.
  public Path directory(String name) {
    return home.resolve("catalogue").resolve(name);
  }

  /// Lists the model that lies in this directory; replaces one of the same name.
  public void publish(String name, String directory, String state) throws IOException {
    var view =
        new ModelView(
            name,
            UUID.randomUUID(),
            "mlx",
            architecture(directory(directory)),
            "bf16",
            state,
            TinyModels.bytes(directory(directory)),
            Instant.parse("2026-01-02T03:04:05Z"),
            null,
            Map.of(),
            List.of(),
            List.of());
    models.put(name, new Entry(view, directory));
  }

  private static String architecture(Path model) throws IOException {
    Path config = model.resolve("config.json");
    return Files.exists(config) ? ConfigJson.read(config).modelType() : "llama";
  }

  /// How often the catalogue was asked for one model.
  public int lookUps() {
    return lookUps.get();
  }

  public BlockingQueue<Beat> beats() {
    return beats;
  }

  public void drain(boolean on) {
    draining = on;
  }

  /// A call's signature, good for a minute.
  public String signature(String audience) {
    return signature(audience, "test");
  }

  /// The same on behalf of this key.
  public String signature(String audience, String key) {
    return signer.token(audience, new Caller(key, Set.of(Scope.INFER), "default"));
  }

  private void model(HttpExchange exchange) throws IOException {
    if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      answer(exchange, 401, Map.of("detail", "no key"));
      return;
    }
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/api/v1/models")) {
      List<ModelView> all = new TreeMap<>(models).values().stream().map(Entry::view).toList();
      answer(exchange, 200, new Page<>(all, null));
      return;
    }
    lookUps.incrementAndGet();
    Entry found = models.get(path.substring("/api/v1/models/".length()));
    if (found == null) {
      answer(exchange, 404, Map.of("detail", "no such model"));
      return;
    }
    exchange.getResponseHeaders().set("X-Bessemer-Directory", found.directory);
    answer(exchange, 200, found.view);
  }

  private void worker(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestURI().getPath().substring("/api/v1/workers/".length());
    beats.add(new Beat(id, JSON.readValue(exchange.getRequestBody(), WorkerBeat.class)));
    answer(exchange, 200, new WorkerOrders(draining, keys.publicPem(), 1));
  }

  private static void answer(HttpExchange exchange, int status, Object body) {
    try (exchange) {
      byte[] bytes = JSON.writeValueAsBytes(body);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
