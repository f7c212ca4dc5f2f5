package bessemer.foundry.hub;

import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;

/// Finds the addresses that a connection to a host may use; a seam for tests.
@FunctionalInterface
interface Resolver {
  List<InetAddress> addresses(URI target) throws UnknownHostException;

  /// Asks the system. Behind one of `proxies` there is nothing to ask, as the proxy resolves names
  /// itself, often where this machine could not.
  static Resolver system(ProxySelector proxies) {
    return target -> {
      boolean direct =
          proxies.select(target).stream().anyMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
      return direct ? List.of(InetAddress.getAllByName(target.getHost())) : List.of();
    };
  }
}
