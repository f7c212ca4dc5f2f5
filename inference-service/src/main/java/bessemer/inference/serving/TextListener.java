package bessemer.inference.serving;

import bessemer.models.generation.Generated;

/// Follows one text. Called on the model's thread while it is generated, so it must be quick; the
/// end may come from another thread. After the end nothing follows.
public interface TextListener {
  /// The next piece, never empty.
  void text(String piece);

  /// The end; also of a text that was cancelled.
  void ended(Generated generated);

  /// The end without a text.
  void failed(ServingException failure);
}
