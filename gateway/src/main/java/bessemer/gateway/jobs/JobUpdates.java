package bessemer.gateway.jobs;

import bessemer.contracts.JobView;
import bessemer.db.jobs.JobFeed;
import bessemer.db.jobs.Jobs;
import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/// What happens to all jobs, for those who watch: each changed job as it is now, read once for all
/// of them, and at most four times a second however fast it changes.
public final class JobUpdates implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JobUpdates.class);
  private static final Duration PERIOD = Duration.ofMillis(250);
  // Who is further behind is cut off, comes again and begins with a fresh list.
  private static final int MOST_UNREAD = 2000;

  /// What a watcher learns.
  public sealed interface Update {
    /// The job as it is now.
    record Changed(JobView job) implements Update {}

    /// Something may have been missed: read the list again.
    record Missed() implements Update {}
  }

  private final Set<UUID> changed = ConcurrentHashMap.newKeySet();
  private final Semaphore woken = new Semaphore(0);
  private final Sinks.Many<Update> updates = Sinks.many().multicast().directBestEffort();
  private final Jobs jobs;
  private final JobFeed.Subscription subscription;
  private final Thread reader;

  JobUpdates(Jobs jobs, JobFeed feed) {
    this.jobs = jobs;
    this.reader = Thread.ofVirtual().name("job-updates").start(this::read);
    this.subscription = feed.subscribe(this::wake);
  }

  /// Follows all jobs from now on.
  public Flux<Update> follow() {
    return updates.asFlux().onBackpressureBuffer(MOST_UNREAD);
  }

  private void wake(UUID job) {
    changed.add(job);
    woken.release();
  }

  private void read() {
    try {
      while (true) {
        woken.acquire();
        woken.drainPermits();
        publish();
        Thread.sleep(PERIOD); // collects what changes meanwhile
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void publish() {
    for (Iterator<UUID> ids = changed.iterator(); ids.hasNext(); ) {
      UUID id = ids.next();
      ids.remove(); // before reading: what changes from here on counts as new
      if (updates.currentSubscriberCount() > 0) {
        publish(id);
      }
    }
  }

  private void publish(UUID id) {
    if (id.equals(JobFeed.ALL)) {
      updates.tryEmitNext(new Update.Missed());
      return;
    }
    try {
      jobs.find(id).ifPresent(job -> updates.tryEmitNext(new Update.Changed(job)));
    } catch (DataAccessException e) {
      LOG.warn("job {} changed and could not be read: {}", id, String.valueOf(e.getMessage()));
      updates.tryEmitNext(new Update.Missed());
    }
  }

  @Override
  public void close() {
    subscription.close();
    reader.interrupt();
    updates.tryEmitComplete();
  }
}
