package bessemer.inference.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/// The gateway as a worker calls it: every request carries the worker's key.
public final class Gateway {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final URI address;
  private final Path keyFile;
  private final RestClient client;

  /// @param address such as `http://127.0.0.1:8080`
  /// @param keyFile read for each request, since the gateway may write it after we start
  /// @param http decides about certificates and the time to connect
  public Gateway(URI address, Path keyFile, HttpClient http) {
    this.address = address;
    this.keyFile = keyFile;
    var requests = new JdkClientHttpRequestFactory(http);
    requests.setReadTimeout(PATIENCE);
    client =
        RestClient.builder()
            .baseUrl(address)
            .requestFactory(requests)
            .requestInterceptor((request, body, execution) -> {
              request.getHeaders().set(HttpHeaders.AUTHORIZATION, "Bearer " + key());
              return execution.execute(request, body);
            })
            .build();
  }

  public URI address() {
    return address;
  }

  public RestClient client() {
    return client;
  }

  /// Why a call failed, for people: the client's own message says little when nobody listens.
  public static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException) {
        return "nobody listens there";
      }
    }
    return String.valueOf(failure.getMessage());
  }

  /// The worker's key as its file has it now.
  public String key() {
    try {
      return Files.readString(keyFile).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("the worker's key " + keyFile + " cannot be read", e);
    }
  }
}
