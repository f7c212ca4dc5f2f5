package bessemer.foundry.hub;

import java.io.IOException;

/// A download that cannot go on; [#kind()] says who must act.
public final class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  /// What went wrong, from the point of view of the one who must act.
  public enum Kind {
    /// Repository, revision or file does not exist: correct the name.
    NOT_FOUND,
    /// Private or gated: set a token or accept a licence.
    ACCESS_DENIED,
    /// No connection: go online or use a local directory.
    UNREACHABLE,
    /// Offline mode and nothing complete in the cache.
    NOT_CACHED,
    /// A redirect to a host that the administrator did not allow.
    HOST_REFUSED,
    /// The hub answered something that its protocol does not allow.
    BAD_ANSWER,
    /// The bytes received are not the bytes that the hub listed.
    CORRUPT,
    /// Too little free space for the download.
    DISK_FULL,
    /// The hub or the connection failed too often.
    TOO_MANY_RETRIES,
    /// Another process downloads the same snapshot.
    BUSY
  }

  private final Kind kind;

  HubException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  HubException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// What went wrong.
  public Kind kind() {
    return kind;
  }
}
