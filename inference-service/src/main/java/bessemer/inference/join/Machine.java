package bessemer.inference.join;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.util.Optional;

/// This machine's place in the network.
final class Machine {
  private Machine() {}

  /// Whether this address is one of this machine; a name that cannot be looked up is not.
  static boolean isHere(URI address) {
    try {
      InetAddress host = InetAddress.getByName(address.getHost());
      return host.isLoopbackAddress() || NetworkInterface.getByInetAddress(host) != null;
    } catch (IOException e) {
      return false;
    }
  }

  /// The address that this machine uses towards another; nothing is sent.
  static Optional<InetAddress> addressTowards(URI other) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(other.getHost()), port(other)));
      InetAddress local = socket.getLocalAddress();
      return local.isAnyLocalAddress() ? Optional.empty() : Optional.of(local);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static int port(URI address) {
    if (address.getPort() > 0) {
      return address.getPort();
    }
    return "https".equals(address.getScheme()) ? 443 : 80;
  }

  /// As a part of an address: IPv6 in brackets.
  static String literal(InetAddress address) {
    String text = address.getHostAddress().replaceFirst("%.*", "");
    return text.contains(":") ? "[" + text + "]" : text;
  }
}
