package bessemer.supervisor;

import bessemer.supervisor.process.Part;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;

/// Asks a service for its health on its management port.
public final class Health {
  private static final int TO_CONNECT = 2_000;

  /// The first answer of a service on a busy machine takes long, and asking again makes it longer.
  private static final int TO_ANSWER = 30_000;

  private static final int TO_ANSWER_SOON = 3_000;

  private Health() {}

  static Part.Probe probe(int managementPort) {
    return _ -> isUp(managementPort, TO_ANSWER);
  }

  /// Whether the service answers soon and is well.
  public static boolean isUp(int managementPort) {
    return isUp(managementPort, TO_ANSWER_SOON);
  }

  private static boolean isUp(int managementPort, int millis) {
    try {
      URL url = URI.create("http://127.0.0.1:%d/actuator/health".formatted(managementPort)).toURL();
      if (!(url.openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection)) {
        return false;
      }
      connection.setConnectTimeout(TO_CONNECT);
      connection.setReadTimeout(millis);
      connection.setUseCaches(false);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }
}
