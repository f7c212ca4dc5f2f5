package bessemer.conversion.sources;

/// An upload that cannot go on.
final class UploadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Why, from the point of view of the one who sends.
  enum Reason {
    /// Another upload of the same file is under way, or the source is being removed.
    BUSY,
    /// The bytes do not go on where the last ones ended.
    WRONG_OFFSET,
    /// More bytes than were declared.
    TOO_LONG,
    /// The bytes are not the declared ones.
    WRONG_CONTENT,
    /// Nothing came for too long.
    SILENT,
    /// The connection broke.
    CUT,
    /// The disk is too small.
    NO_SPACE,
    /// Files of this machine are not taken by their path here.
    NO_LOCAL_FILES
  }

  private final Reason reason;
  private final long received;

  /// @param received bytes of the file that are here now
  UploadException(Reason reason, long received, String message) {
    super(message);
    this.reason = reason;
    this.received = received;
  }

  Reason reason() {
    return reason;
  }

  long received() {
    return received;
  }
}
