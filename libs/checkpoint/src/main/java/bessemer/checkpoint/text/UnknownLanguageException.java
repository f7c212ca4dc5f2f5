package bessemer.checkpoint.text;

/// A translator does not have the language that was asked for, or has several of that name. The
/// message suggests those that may have been meant.
public final class UnknownLanguageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnknownLanguageException(String message) {
    super(message);
  }
}
