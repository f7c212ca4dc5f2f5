package bessemer.db.work;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.UnexpectedRollbackException;

/// Waits for a database that is away for a moment: a restart of PostgreSQL must not cost an hour of
/// work. What is repeated must be one transaction.
final class Patience {
  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int ATTEMPTS = 120;

  private Patience() {}

  static <T> T with(Supplier<T> transaction) {
    for (int attempt = 1; ; attempt++) {
      try {
        return transaction.get();
      } catch (RuntimeException e) {
        if (!isAway(e) || attempt == ATTEMPTS) {
          throw e;
        }
        LOG.warn("the database is away ({}); waiting for it", String.valueOf(e.getMessage()));
        pause(e);
      }
    }
  }

  /// Whether the database could not be asked, as opposed to: it said no.
  static boolean isAway(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DataAccessResourceFailureException
          || cause instanceof TransientDataAccessException
          || (cause instanceof TransactionException
              && !(cause instanceof UnexpectedRollbackException))
          || cause instanceof java.sql.SQLTransientConnectionException) {
        return true;
      }
    }
    return false;
  }

  private static void pause(RuntimeException failure) {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }
}
