package bessemer.models.generation;

/// Follows a text of a [Batch], on the batch's thread. What it throws ends its own text only.
public interface Follower extends TokenListener {
  /// The end; also of a text that was cancelled.
  void ended(Generated text);

  /// The end without a text: what was thrown by the model, or by this follower. Must not throw.
  void failed(Throwable failure);
}
