package bessemer.inference.join;

import bessemer.service.tls.Listener;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/// Where the gateway finds this worker, and Prometheus its metrics.
public final class WorkerAddress {
  private final URI gateway;
  private final Listener listener;
  private final String advertise;
  private final Environment environment;

  /// @param environment knows the ports once the server listens
  WorkerAddress(URI gateway, Listener listener, String advertise, Environment environment) {
    this.gateway = gateway;
    this.listener = listener;
    this.advertise = advertise;
    this.environment = environment;
  }

  /// Null while the server does not listen yet.
  public @Nullable String url() {
    String port = environment.getProperty("local.server.port");
    return port == null ? null : "%s://%s:%s".formatted(listener.scheme(), host(), port);
  }

  /// Only for a gateway on this machine: others have its metrics through the gateway, which asks
  /// over the pinned connection, so that the management port stays on loopback.
  public @Nullable String managementUrl() {
    String port = environment.getProperty("local.management.port");
    return port == null || !Machine.isHere(gateway) ? null : "http://127.0.0.1:" + port;
  }

  public @Nullable String fingerprint() {
    return listener.fingerprint().orElse(null);
  }

  private String host() {
    if (!advertise.isBlank()) {
      return advertise;
    }
    InetAddress address = bound();
    return Machine.literal(
        address.isAnyLocalAddress() ? Machine.addressTowards(gateway).orElse(address) : address);
  }

  private InetAddress bound() {
    String address = environment.getProperty("server.address", "127.0.0.1");
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the server listens at " + address, e);
    }
  }
}
