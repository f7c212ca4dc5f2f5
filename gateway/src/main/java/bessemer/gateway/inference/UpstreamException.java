package bessemer.gateway.inference;

import bessemer.contracts.WorkerView;

/// A worker did not answer, or its answer broke off; another may do better.
final class UpstreamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean gone;

  private UpstreamException(WorkerView worker, String reason, boolean gone) {
    super("worker %s %s".formatted(worker.id(), reason), null, false, false);
    this.gone = gone;
  }

  /// It does not answer, or not to the end.
  static UpstreamException gone(WorkerView worker, String reason) {
    return new UpstreamException(worker, reason, true);
  }

  /// It answers that it cannot take this request now.
  static UpstreamException refuses(WorkerView worker, int status) {
    return new UpstreamException(worker, "answers " + status, false);
  }

  boolean gone() {
    return gone;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
