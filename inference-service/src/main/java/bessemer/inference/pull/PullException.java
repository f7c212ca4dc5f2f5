package bessemer.inference.pull;

import java.io.IOException;

/// A model's files cannot be had, and trying again by itself would not help.
public final class PullException extends IOException {
  private static final long serialVersionUID = 1L;

  PullException(String message) {
    super(message);
  }
}
