package bessemer.gateway.workers;

import bessemer.contracts.WorkerView;
import bessemer.service.tls.PinnedTrust;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/// Connections to workers: to each over HTTPS with exactly the certificate that it registered, or
/// in the clear on this machine.
public final class WorkerClients implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final int MOST_CONNECTIONS = 1000; // to one worker; its own queue is far shorter
  private static final int MOST_CACHED = 100;

  private final ConnectionProvider connections =
      ConnectionProvider.builder("workers")
          .maxConnections(MOST_CONNECTIONS)
          .maxIdleTime(Duration.ofSeconds(20))
          .build();
  private final HttpClient plain =
      HttpClient.create(connections)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(CONNECT.toMillis()))
          .option(ChannelOption.SO_KEEPALIVE, true);
  private final Map<String, HttpClient> pinned = new ConcurrentHashMap<>();

  /// @param worker with a `url`, whose beat was accepted by [BeatRules]
  public HttpClient to(WorkerView worker) {
    @Nullable String fingerprint = worker.last().fingerprint();
    if (fingerprint == null) {
      return plain;
    }
    if (pinned.size() > MOST_CACHED) {
      pinned.clear();
    }
    return pinned.computeIfAbsent(fingerprint, this::pinnedTo);
  }

  @Override
  public void close() {
    connections.dispose();
  }

  private HttpClient pinnedTo(String fingerprint) {
    try {
      SslContext tls =
          SslContextBuilder.forClient().trustManager(new PinnedTrust(fingerprint)).build();
      return plain.secure(spec -> spec.sslContext(tls));
    } catch (SSLException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }
}
