package bessemer.models.translation;

/// When a text is translated sentence by sentence instead of as one.
public enum Splitting {
  /// When it is longer than the model reads.
  LONG_TEXTS,
  /// Always.
  ALL_TEXTS
}
