package bessemer.supervisor;

import bessemer.supervisor.process.Part;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Asks a service how it is on its management port.
public final class Health {
  private static final int TO_CONNECT = 2_000;

  /// The first answer of a service on a busy machine takes long, and asking again makes it longer.
  private static final int TO_ANSWER = 30_000;

  private static final int TO_ANSWER_SOON = 3_000;

  private static final Pattern KERNELS =
      Pattern.compile("^bessemer_kernels_info\\{.*kernels=\"([^\"]*)\"");

  private Health() {}

  static Part.Probe probe(int managementPort) {
    return _ -> isUp(managementPort, TO_ANSWER);
  }

  /// Whether the service answers soon and is well.
  public static boolean isUp(int managementPort) {
    return isUp(managementPort, TO_ANSWER_SOON);
  }

  /// The backend and kernels of the inference service, from its metrics; empty if it does not say.
  public static Optional<String> kernels(int managementPort) {
    try {
      return ask(managementPort, "prometheus", TO_ANSWER_SOON, Health::kernels);
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }

  private static Optional<String> kernels(HttpURLConnection connection) throws IOException {
    try (InputStream metrics = connection.getInputStream()) {
      return kernels(new String(metrics.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  static Optional<String> kernels(String metrics) {
    return metrics
        .lines()
        .map(KERNELS::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst();
  }

  private static boolean isUp(int managementPort, int millis) {
    try {
      return ask(
          managementPort,
          "health",
          millis,
          connection -> connection.getResponseCode() == HttpURLConnection.HTTP_OK);
    } catch (IOException notYet) {
      return false;
    }
  }

  /// What is read of an answer.
  private interface Reading<T> {
    T of(HttpURLConnection connection) throws IOException;
  }

  private static <T> T ask(int managementPort, String endpoint, int millis, Reading<T> reading)
      throws IOException {
    String address = "http://127.0.0.1:%d/actuator/%s".formatted(managementPort, endpoint);
    var connection = (HttpURLConnection) URI.create(address).toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TO_CONNECT);
    connection.setReadTimeout(millis);
    connection.setUseCaches(false);
    try {
      return reading.of(connection);
    } finally {
      connection.disconnect();
    }
  }
}
