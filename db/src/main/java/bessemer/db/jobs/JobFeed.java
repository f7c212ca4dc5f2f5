package bessemer.db.jobs;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says when something happened to a job, within milliseconds. It says no more: whoever is woken
/// reads the events that it has not seen. One thread and one connection for all.
public final class JobFeed implements AutoCloseable {
  /// Instead of a job's id when anything may have happened meanwhile: after a lost connection.
  public static final UUID ALL = new UUID(0, 0);

  private static final Logger LOG = LoggerFactory.getLogger(JobFeed.class);
  private static final int WAIT_MILLIS = 500;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final DataSource database;
  private final Set<Consumer<UUID>> listeners = new CopyOnWriteArraySet<>();
  private final Thread thread;
  private volatile boolean closed;

  /// @param database one connection of it is kept
  public JobFeed(DataSource database) {
    this.database = database;
    this.thread = Thread.ofPlatform().daemon().name("job-feed").start(this::run);
  }

  /// Ends a subscription.
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /// @param woken gets the id of a job or [#ALL]; must return soon
  public Subscription subscribe(Consumer<UUID> woken) {
    Consumer<UUID> own = job -> woken.accept(job);
    listeners.add(own);
    return () -> listeners.remove(own);
  }

  private void run() {
    while (!closed) {
      try (Connection open = database.getConnection()) {
        listen(open);
      } catch (SQLException e) {
        if (!closed) {
          LOG.warn("lost the connection that tells of jobs; trying again: {}", e.getMessage());
          pause();
        }
      }
    }
  }

  private void listen(Connection open) throws SQLException {
    open.setAutoCommit(true);
    try (Statement statement = open.createStatement()) {
      statement.execute("listen job_event");
      wake(ALL);
      while (!closed) {
        PGNotification[] news = open.unwrap(PGConnection.class).getNotifications(WAIT_MILLIS);
        for (PGNotification one : news == null ? new PGNotification[0] : news) {
          wake(UUID.fromString(one.getParameter()));
        }
      }
      statement.execute("unlisten *");
    }
  }

  private void wake(UUID job) {
    for (Consumer<UUID> listener : listeners) {
      try {
        listener.accept(job);
      } catch (RuntimeException e) {
        LOG.warn("a listener to jobs failed", e);
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(Duration.ofMillis(4L * WAIT_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
