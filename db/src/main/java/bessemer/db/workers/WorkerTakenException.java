package bessemer.db.workers;

import bessemer.contracts.ConflictException;

/// A worker's id belongs to the key that used it first, so that no other key can pose as it.
public final class WorkerTakenException extends ConflictException {
  private static final long serialVersionUID = 1L;

  WorkerTakenException(String id) {
    super(
        ("the worker id '%s' belongs to another key; choose another id, revoke that key, or wait a"
                + " day after its last beat")
            .formatted(id));
  }
}
