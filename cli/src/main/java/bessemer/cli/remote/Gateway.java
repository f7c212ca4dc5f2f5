package bessemer.cli.remote;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;

/// Calls to the gateway, with its key. Used by one thread at a time; [#close()] ends what is under
/// way.
public final class Gateway implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final Address address;
  private final HttpClient http;

  public Gateway(Address address) {
    this.address = address;
    HttpClient.Builder client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
    if (address.fingerprint() != null) {
      client.sslContext(PinnedCertificate.context(address.fingerprint()));
    }
    http = client.build();
  }

  public Address address() {
    return address;
  }

  /// A part of a path: no character of it can end it.
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public <T> T get(String path, Class<T> type) throws IOException, InterruptedException {
    return read(path, bytes(path), Wire.JSON.constructType(type));
  }

  public <T> T get(String path, TypeReference<T> type) throws IOException, InterruptedException {
    return read(path, bytes(path), Wire.JSON.constructType(type.getType()));
  }

  /// The body of an answer as it is.
  public byte[] bytes(String path) throws IOException, InterruptedException {
    return send(request(path).header("Accept", "application/json").GET());
  }

  /// @param body written as JSON
  public <T> T post(String path, Object body, Map<String, String> headers, Class<T> type)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(Wire.JSON.writeValueAsBytes(body)));
    headers.forEach(request::header);
    return read(path, send(request), Wire.JSON.constructType(type));
  }

  /// A call without a body, such as `DELETE`.
  public <T> T call(String method, String path, Class<T> type)
      throws IOException, InterruptedException {
    return read(path, called(method, path), Wire.JSON.constructType(type));
  }

  /// The same where the answer is empty.
  public void call(String method, String path) throws IOException, InterruptedException {
    called(method, path);
  }

  private byte[] called(String method, String path) throws IOException, InterruptedException {
    return send(
        request(path).header("Accept", "application/json").method(method, BodyPublishers.noBody()));
  }

  /// @param limit for all of it, as large files take their time
  void put(String path, BodyPublisher body, Map<String, String> headers, Duration limit)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).timeout(limit).PUT(body);
    headers.forEach(request::header);
    send(request);
  }

  /// A body that comes piece by piece, for as long as it takes. The caller closes it.
  InputStream stream(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<InputStream> answer = exchange(request.build(), BodyHandlers.ofInputStream());
    if (answer.statusCode() / 100 != 2) {
      try (InputStream body = answer.body()) {
        throw refused(answer, body.readAllBytes());
      }
    }
    return answer.body();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address.url() + path))
        .timeout(ANSWER)
        .header("Authorization", "Bearer " + address.key())
        .header("User-Agent", "bessemer-cli");
  }

  private byte[] send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = exchange(request.build(), BodyHandlers.ofByteArray());
    if (answer.statusCode() / 100 != 2) {
      throw refused(answer, answer.body());
    }
    return answer.body();
  }

  private GatewayException refused(HttpResponse<?> answer, byte[] body) {
    return new Refusal(address).of(answer.statusCode(), answer.headers(), body);
  }

  private <T> HttpResponse<T> exchange(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    try {
      return http.send(request, handler);
    } catch (ConnectException e) {
      throw GatewayException.nobody(
          address.own()
              ? Address.notRunning()
              : "nothing answers at %s: is Bessemer running there?".formatted(address.url()));
    } catch (SSLException e) {
      throw GatewayException.nobody("%s: %s".formatted(address.url(), cause(e)));
    } catch (HttpTimeoutException e) {
      throw new IOException(address.url() + " does not answer", e);
    } catch (IOException e) {
      throw new IOException("%s: the connection broke: %s".formatted(address.url(), cause(e)), e);
    }
  }

  /// The innermost reason, which is the one that says something.
  private static String cause(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return String.valueOf(inner.getMessage());
  }

  private <T> T read(String path, byte[] body, JavaType type) throws IOException {
    try {
      T value = Wire.JSON.readValue(body, type);
      if (value != null) {
        return value;
      }
    } catch (JacksonException e) {
      throw unreadable(path, e.getOriginalMessage());
    }
    throw unreadable(path, "it is empty");
  }

  private IOException unreadable(String path, String reason) {
    return new IOException(
        "%s%s: cannot read the answer: %s; is this gateway of another version?"
            .formatted(address.url(), path, reason));
  }

  /// Any JSON, as it came.
  public JsonNode json(String path) throws IOException, InterruptedException {
    return get(path, JsonNode.class);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
