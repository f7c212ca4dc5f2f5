package bessemer.supervisor;

import bessemer.supervisor.process.Part;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;

/// Asks a service for its health on its management port.
public final class Health {
  private static final int MILLIS = 2000;

  private Health() {}

  static Part.Probe probe(int managementPort) {
    return _ -> isUp(managementPort);
  }

  /// Whether the service answers and is well.
  public static boolean isUp(int managementPort) {
    try {
      URL url = URI.create("http://127.0.0.1:%d/actuator/health".formatted(managementPort)).toURL();
      if (!(url.openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection)) {
        return false;
      }
      connection.setConnectTimeout(MILLIS);
      connection.setReadTimeout(MILLIS);
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
