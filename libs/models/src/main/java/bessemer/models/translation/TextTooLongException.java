package bessemer.models.translation;

/// A text has a sentence with more tokens than the model reads.
public final class TextTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final int text;

  TextTooLongException(int text, IllegalArgumentException sentence) {
    super("text %d has %s".formatted(text + 1, sentence.getMessage()), sentence);
    this.text = text;
  }

  /// Its place among the texts that were given, from 0.
  public int text() {
    return text;
  }
}
