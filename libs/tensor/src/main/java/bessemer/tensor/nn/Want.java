package bessemer.tensor.nn;

/// Which logits a forward pass is to compute: a prompt does not pay for those that nobody reads.
public enum Want {
  /// Of the last token of each row.
  LAST,
  /// Of every token.
  ALL
}
