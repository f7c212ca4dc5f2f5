package bessemer.inference.pull;

import bessemer.contracts.Artifact;
import bessemer.contracts.ModelView;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerOrders;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import bessemer.service.tls.OwnCertificate;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The gateway's catalogue as a worker sees it, with the accidents that a network has.
public final class RemoteGateway implements AutoCloseable {
  public static final String KEY = "bsm_worker";

  private final HttpServer server;
  private final TokenKeys keys;
  private final String scheme;
  private final JsonMapper json = new JsonMapper();
  private final Map<String, UUID> versions = new ConcurrentHashMap<>();
  private final Map<String, Map<String, byte[]>> models = new ConcurrentHashMap<>();
  private final Map<String, byte[]> damaged = new ConcurrentHashMap<>();

  /// `file range` of each request for a file.
  final List<String> requests = new CopyOnWriteArrayList<>();

  /// After how many bytes the next answers with weights are cut.
  final Queue<Integer> cuts = new ConcurrentLinkedQueue<>();

  /// Answers with files wait for it.
  volatile CountDownLatch open = new CountDownLatch(0);

  /// Beats, in the order in which they came.
  public final BlockingQueue<WorkerBeat> beats = new LinkedBlockingQueue<>();

  /// @param home for the keys of its signature
  /// @param certificate for HTTPS; null for plain HTTP
  public RemoteGateway(Path home, @Nullable OwnCertificate certificate) throws IOException {
    keys = TokenKeys.loadOrCreate(home);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = certificate == null ? HttpServer.create(address, 0) : https(address, certificate);
    scheme = certificate == null ? "http" : "https";
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/v1/models", this::answer);
    server.createContext("/api/v1/workers/", this::worker);
    server.start();
  }

  private static HttpsServer https(InetSocketAddress address, OwnCertificate certificate)
      throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificate.context()));
    return server;
  }

  public URI address() {
    return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
  }

  /// A call's signature, good for a minute.
  public String signature() {
    return new CallSigner(keys, Clock.systemUTC())
        .token("inference-service", new Caller("test", Set.of(Scope.INFER), "default"));
  }

  private void worker(HttpExchange exchange) throws IOException {
    beats.add(json.readValue(exchange.getRequestBody(), WorkerBeat.class));
    send(exchange, 200, json.writeValueAsBytes(new WorkerOrders(false, keys.publicPem(), 1)));
  }

  void put(String model, Map<String, byte[]> files) {
    models.put(model, new TreeMap<>(files));
    versions.put(model, UUID.randomUUID());
  }

  public void putDirectory(String model, Path directory) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (var found = Files.list(directory)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    put(model, files);
  }

  void remove(String model) {
    models.remove(model);
  }

  /// Sends these bytes for a file, whatever the catalogue says about it.
  void damage(String file, byte[] bytes) {
    damaged.put(file, bytes);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, new byte[0]);
    } else if (path.length == 4) {
      var items = models.keySet().stream().sorted().map(this::view).toList();
      send(exchange, 200, json.writeValueAsBytes(new Page<>(items, null)));
    } else if (!models.containsKey(path[4])) {
      send(exchange, 404, new byte[0]);
    } else if (path.length == 5) {
      send(exchange, 200, json.writeValueAsBytes(view(path[4])));
    } else {
      file(exchange, path[4], path[6]);
    }
  }

  private void file(HttpExchange exchange, String model, String file) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(file + " " + (range == null ? "all" : range));
    try {
      open.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    byte[] right = models.get(model).get(file);
    byte[] all = damaged.getOrDefault(file, right);
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    exchange.getResponseHeaders().set("ETag", '"' + sha256(right) + '"');
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, all.length - 1, all.length));
    }
    byte[] rest = Arrays.copyOfRange(all, from, all.length);
    Integer cut = file.endsWith(".safetensors") ? cuts.poll() : null;
    send(exchange, from > 0 ? 206 : 200, rest, cut == null ? rest.length : cut);
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    send(exchange, status, body, body.length);
  }

  private static void send(HttpExchange exchange, int status, byte[] body, int sent)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (exchange) {
      exchange.getResponseBody().write(body, 0, sent);
      exchange.getResponseBody().flush();
    }
  }

  private ModelView view(String name) {
    List<Artifact> files = new ArrayList<>();
    models
        .get(name)
        .forEach((file, bytes) -> files.add(new Artifact(file, bytes.length, sha256(bytes))));
    return new ModelView(
        name,
        versions.get(name),
        "mlx",
        "llama",
        "fp32",
        "proved",
        files.stream().mapToLong(Artifact::bytes).sum(),
        Instant.EPOCH,
        null,
        Map.of(),
        files,
        List.of());
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    open.countDown();
    server.stop(0);
  }
}
