package bessemer.inference.registration;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerOrders;
import bessemer.inference.join.WorkerAddress;
import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.Gateway;
import bessemer.service.TokenKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.web.client.RestClientException;

/// Tells the gateway every few seconds where this worker is and what it has in memory, and obeys
/// its orders. A gateway that is not there is asked again, ever more rarely up to every ten
/// seconds.
public final class Registration
    implements ApplicationListener<ApplicationReadyEvent>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(10);
  private static final int RAREST_BEAT = 60; // seconds

  private final Gateway gateway;
  private final Residents residents;
  private final Serving serving;
  private final WorkerAddress address;
  private final String id;
  private final Path keys;
  private final Thread thread;
  private @Nullable Duration retry; // null while the gateway answers; of the thread
  private boolean draining;

  /// @param id the worker's
  /// @param keys the directory for the key that the gateway's calls are checked with
  public Registration(
      Gateway gateway,
      Residents residents,
      Serving serving,
      WorkerAddress address,
      String id,
      Path keys) {
    this.gateway = gateway;
    this.residents = residents;
    this.serving = serving;
    this.address = address;
    this.id = id;
    this.keys = keys;
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
    } catch (RuntimeException e) { // whatever it was, the next beat may succeed
      return later(e);
    }
  }

  private Duration obey(WorkerOrders orders) {
    if (retry != null) {
      LOG.info("the gateway at {} answers again", gateway.address());
      retry = null;
    }
    TokenKeys.savePublic(keys, orders.tokenKey());
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
      LOG.warn("the gateway at {} does not answer: {}", gateway.address(), Gateway.reason(failure));
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
        address.url(),
        address.managementUrl(),
        address.fingerprint(),
        version(),
        List.of("cpu"),
        residents.loaded(),
        residents.busy(),
        residents.bytes(),
        residents.budget());
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
