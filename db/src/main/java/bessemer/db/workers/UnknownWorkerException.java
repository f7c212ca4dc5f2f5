package bessemer.db.workers;

import java.util.NoSuchElementException;

/// No worker with this id was heard of in the last day.
public final class UnknownWorkerException extends NoSuchElementException {
  private static final long serialVersionUID = 1L;

  UnknownWorkerException(String id) {
    super("no worker '%s'; GET /api/v1/workers lists those of the last day".formatted(id));
  }
}
