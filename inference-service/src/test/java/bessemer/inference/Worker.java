package bessemer.inference;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.serving.Lease;
import bessemer.inference.serving.Serving;
import bessemer.inference.serving.ServingException;
import bessemer.inference.serving.TextListener;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Request;
import bessemer.models.generation.Sampling;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The real service on ports of its own, with a client.
public final class Worker implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final ConfigurableApplicationContext context;
  private final HttpClient http = HttpClient.newHttpClient();
  private final @Nullable FakeGateway gateway;

  /// A worker of this gateway.
  ///
  /// @param settings keys of `application.yaml`, each followed by its value
  public Worker(FakeGateway gateway, String... settings) {
    this(gateway, gateway.home(), gateway.address().toString(), settings);
  }

  /// A worker without a gateway.
  public Worker(Path home, String... settings) {
    this(null, home, "http://127.0.0.1:1", settings);
  }

  private Worker(@Nullable FakeGateway gateway, Path home, String address, String... settings) {
    this.gateway = gateway;
    Map<String, String> all = new LinkedHashMap<>();
    all.put("server.port", "0");
    all.put("management.server.port", "0");
    all.put("logging.structured.format.console", "");
    all.put("logging.level.root", "warn");
    all.put("bessemer.threads", "2");
    all.put("bessemer.home", home.toString());
    all.put("bessemer.gateway-url", address);
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    String[] arguments =
        all.entrySet().stream()
            .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
            .toArray(String[]::new);
    context = new SpringApplicationBuilder(Main.class).run(arguments);
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  public int port() {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /// Headers of a call that the gateway signed.
  public String authorization() {
    return "Bearer " + Objects.requireNonNull(gateway).signature("inference-service");
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(signed(path).build());
  }

  public HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return send(signed(path).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  /// A call as the gateway makes it.
  public HttpRequest.Builder signed(String path) {
    return unsigned(path).header("Authorization", authorization());
  }

  public HttpRequest.Builder unsigned(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json");
  }

  public HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  public HttpClient http() {
    return http;
  }

  /// A call over a connection of its own, which a client may leave.
  public Socket connect(String path, String body) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        """
        POST %s HTTP/1.1
        Host: localhost
        Authorization: %s
        Content-Length: %d

        """
            .formatted(path, authorization(), bytes.length);
    socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().write(bytes);
    return socket;
  }

  /// The first line of the answer that begins so; waits for it.
  public static String awaitLine(Socket socket, String beginning) throws IOException {
    var in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    return in.lines().filter(line -> line.startsWith(beginning)).findFirst().orElseThrow();
  }

  /// The answer to a request that succeeds.
  public JsonNode answer(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  /// The events of a stream, `[DONE]` included as text.
  public List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    return events(response.body());
  }

  static List<JsonNode> events(String body) {
    List<JsonNode> events = new ArrayList<>();
    for (String event : body.split("\n\n")) {
      assertThat(event).startsWith("data: ").doesNotContain("\n");
      String data = event.substring("data: ".length());
      events.add(
          data.equals("[DONE]") ? JSON.getNodeFactory().stringNode(data) : JSON.readTree(data));
    }
    return events;
  }

  /// The `error` of a request that fails so.
  public JsonNode error(int status, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response = post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return error(response);
  }

  static JsonNode error(HttpResponse<String> response) {
    JsonNode body = JSON.readTree(response.body());
    assertThat(body.propertyNames()).containsExactly("error");
    assertThat(body.get("error").propertyNames())
        .containsExactlyInAnyOrder("message", "type", "param", "code");
    return body.get("error");
  }

  /// The value of a sample that Prometheus would scrape; 0 when there is none.
  public double metric(String name, Map<String, String> labels)
      throws IOException, InterruptedException {
    String port = context.getEnvironment().getRequiredProperty("local.management.port");
    URI scraped = URI.create("http://127.0.0.1:" + port + "/actuator/prometheus");
    String text = send(HttpRequest.newBuilder(scraped).build()).body();
    Predicate<String> matches =
        line ->
            line.startsWith(name + "{")
                && labels.entrySet().stream()
                    .allMatch(
                        label -> line.contains(label.getKey() + "=\"" + label.getValue() + "\""));
    return text.lines()
        .filter(matches)
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /// Keeps a model's thread busy until the latch opens.
  public CountDownLatch hold(String model) throws InterruptedException {
    var gate = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var listener =
        new TextListener() {
          @Override
          public void text(String piece) {
            begun.countDown();
            try {
              gate.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          public void ended(Generated generated) {}

          @Override
          public void failed(ServingException failure) {}
        };
    try (Lease lease = bean(Serving.class).open(model)) {
      var request = new Request(new int[] {1, 4, 277}, 4, Sampling.greedy());
      lease.submit(List.of(new Lease.Order(request, listener)));
    }
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    return gate;
  }

  /// Ends the service as the end of its process does.
  public void closeContext() {
    context.close();
  }

  @Override
  public void close() {
    context.close();
    http.close();
  }
}
