package bessemer.db.work;

/// Ends the work of an attempt from inside; no failure of the work.
public final class Stopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Why an attempt stops before its end.
  public enum Reason {
    /// A user asked for it.
    CANCELLED("was cancelled"),
    /// Another attempt has begun: nothing that this one does counts any more.
    FENCED("lost its claim to a later attempt"),
    /// This process shuts down; another attempt will go on.
    DRAINED("its worker shuts down");

    private final String words;

    Reason(String words) {
      this.words = words;
    }
  }

  private final Reason reason;

  Stopped(Reason reason) {
    super(reason.words);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
