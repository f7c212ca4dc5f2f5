package bessemer.inference.registration;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerOrders;
import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.Gateway;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;
import org.springframework.web.client.RestClientException;

/// Tells the gateway every few seconds where this worker is and what it has in memory, and obeys
/// its orders. A gateway that is not there is asked again, ever more rarely up to twice a minute.
public final class Registration
    implements ApplicationListener<ApplicationReadyEvent>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);
  private static final int RAREST_BEAT = 60; // seconds

  private final Gateway gateway;
  private final Residents residents;
  private final Serving serving;
  private final String id;
  private final Environment environment;
  private final Thread thread;
  private @Nullable Duration retry; // null while the gateway answers; of the thread
  private boolean draining;

  /// @param home the installation's directory, which names the worker
  /// @param environment knows the ports once the server listens
  public Registration(
      Gateway gateway, Residents residents, Serving serving, Path home, Environment environment) {
    this.gateway = gateway;
    this.residents = residents;
    this.serving = serving;
    this.id = WorkerName.of(home);
    this.environment = environment;
    this.thread = Thread.ofVirtual().name("registration").unstarted(this::run);
  }

  @Override
  public void onApplicationEvent(ApplicationReadyEvent event) {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(beat());
      }
    } catch (InterruptedException e) {
      LOG.debug("no more beats");
    }
  }

  /// Beats once; returns when to come again.
  private Duration beat() {
    try {
      WorkerOrders orders =
          gateway
              .client()
              .put()
              .uri("/api/v1/workers/{id}", id)
              .body(state())
              .retrieve()
              .body(WorkerOrders.class);
      if (orders == null) {
        throw new RestClientException("the answer is empty");
      }
      return obey(orders);
    } catch (RestClientException | UncheckedIOException e) {
      return later(e);
    }
  }

  private Duration obey(WorkerOrders orders) {
    if (retry != null) {
      LOG.info("the gateway at {} answers again", gateway.address());
      retry = null;
    }
    if (orders.draining() != draining) {
      draining = orders.draining();
      LOG.info(draining ? "draining: nothing new is taken" : "draining ends");
      serving.drain(draining);
    }
    return Duration.ofSeconds(Math.clamp(orders.nextBeatSeconds(), 1, RAREST_BEAT));
  }

  private Duration later(RuntimeException failure) {
    Duration before = retry;
    if (before == null) {
      LOG.warn("the gateway at {} is not there yet: {}", gateway.address(), failure.getMessage());
      retry = FIRST_RETRY;
      return FIRST_RETRY;
    }
    Duration twice = before.multipliedBy(2);
    Duration next = twice.compareTo(LAST_RETRY) < 0 ? twice : LAST_RETRY;
    retry = next;
    return next;
  }

  private WorkerBeat state() {
    return new WorkerBeat(
        "inference",
        address("server.address", "local.server.port"),
        address("management.server.address", "local.management.port"),
        null,
        version(),
        List.of("cpu"),
        residents.loaded(),
        residents.busy(),
        residents.bytes(),
        residents.budget());
  }

  private @Nullable String address(String address, String port) {
    String listening = environment.getProperty(port);
    if (listening == null) {
      return null;
    }
    String host = environment.getProperty(address, "127.0.0.1");
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + listening;
  }

  private static String version() {
    String version = Registration.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
