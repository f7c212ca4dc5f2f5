package bessemer.gateway.workers;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.WorkerBeat;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a worker may say about itself. Its addresses are called by the gateway and by Prometheus,
/// so that a worker's key must not turn them against other ports: in the clear only to this
/// machine, and only when the worker runs on it; anything else over HTTPS with a certificate that
/// is named.
final class BeatRules {
  private BeatRules() {}

  /// @param peer where the beat came from
  /// @throws InvalidFieldException naming what it may not say
  static void check(WorkerBeat beat, @Nullable InetAddress peer) {
    if (!beat.kind().equals(WorkerBeat.INFERENCE)) {
      throw new InvalidFieldException(
          "kind", "'%s' workers register in the database".formatted(beat.kind()));
    }
    if (beat.url() == null) {
      throw new InvalidFieldException("url", "is missing");
    }
    boolean here = peer != null && isOfThisMachine(peer);
    URI url = address("url", beat.url(), here, true);
    boolean https = url.getScheme().equals("https");
    if (https && beat.fingerprint() == null) {
      throw new InvalidFieldException("fingerprint", "is missing, and url is https");
    }
    if (!https && beat.fingerprint() != null) {
      throw new InvalidFieldException("fingerprint", "is given, and url is not https");
    }
    if (beat.managementUrl() != null) {
      address("management_url", beat.managementUrl(), here, false);
    }
  }

  private static boolean isOfThisMachine(InetAddress peer) {
    try {
      return peer.isLoopbackAddress() || NetworkInterface.getByInetAddress(peer) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  private static URI address(String field, String text, boolean here, boolean httpsAnywhere) {
    URI uri = parsed(field, text);
    boolean https = uri.getScheme().equals("https");
    if (https && httpsAnywhere) {
      return uri;
    }
    if (!here) {
      throw new InvalidFieldException(
          field,
          httpsAnywhere
              ? "'%s' is not https, and this worker runs on another machine".formatted(text)
              : "is for workers on the gateway's machine; others are scraped through the gateway");
    }
    if (!isLoopback(uri.getHost())) {
      throw new InvalidFieldException(
          field, "'%s' is not https, and not on the loopback interface".formatted(text));
    }
    return uri;
  }

  private static URI parsed(String field, String text) {
    try {
      URI uri = new URI(text);
      boolean plain =
          uri.getHost() != null
              && uri.getPort() > 0
              && uri.getScheme() != null
              && Set.of("http", "https").contains(uri.getScheme().toLowerCase(Locale.ROOT))
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && Set.of("", "/").contains(uri.getRawPath());
      if (plain) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new InvalidFieldException(
        field, "'%s' is not of the form https://host:port".formatted(text));
  }

  /// Only addresses are looked at: a name could mean something else tomorrow.
  private static boolean isLoopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    if (!host.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]")) {
      return false;
    }
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
