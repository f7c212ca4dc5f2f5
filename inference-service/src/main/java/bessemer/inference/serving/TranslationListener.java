package bessemer.inference.serving;

/// Follows a translation. Called on the model's thread while it translates, so it must be quick; a
/// failure may come from another thread, while a sentence is told. After the end nothing follows.
public interface TranslationListener {
  /// A sentence is translated; they come as they are done, not in the order of the text.
  void sentence(Translated sentence);

  /// All sentences were translated.
  void ended(Timing timing);

  /// The end before that.
  void failed(ServingException failure);

  /// One sentence, or a text that is translated as a whole.
  ///
  /// @param text which one of the order's
  /// @param index which sentence of it
  /// @param sourceTokens that the model read
  /// @param targetTokens that it wrote
  /// @param whole whether it came to its end, and was not cut
  /// @param nanos since the order was taken
  record Translated(
      int text,
      int index,
      String words,
      int sourceTokens,
      int targetTokens,
      boolean whole,
      long nanos) {}

  /// @param queueNanos until the model began
  /// @param nanos until all was translated, waiting included
  record Timing(long queueNanos, long nanos) {}
}
