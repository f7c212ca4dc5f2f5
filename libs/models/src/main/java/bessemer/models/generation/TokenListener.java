package bessemer.models.generation;

/// Follows a text while it is generated, on the thread that generates it.
public interface TokenListener {
  /// The next piece of text, never empty. The pieces joined are the text of the result.
  void text(String piece);

  /// A token of the text was chosen; its piece of text may come later.
  default void token(int token) {}

  /// Asked before each token and each chunk of the prompt; the generation ends where it says yes.
  default boolean cancelled() {
    return false;
  }
}
