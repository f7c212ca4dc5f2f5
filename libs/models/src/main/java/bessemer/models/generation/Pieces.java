package bessemer.models.generation;

import bessemer.checkpoint.text.StreamingDetokenizer;

/// Tokens in, text out, as they come.
public interface Pieces {
  /// Takes the next token and returns the text that it settles, often empty.
  String add(int token);

  /// The text that was held back, when no token follows.
  String finish();

  static Pieces of(StreamingDetokenizer detokenizer) {
    return new Pieces() {
      @Override
      public String add(int token) {
        return detokenizer.add(token);
      }

      @Override
      public String finish() {
        return detokenizer.finish();
      }
    };
  }
}
