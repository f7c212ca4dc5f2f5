package bessemer.tensor.nn;

/// What all low-rank updates of a model share.
///
/// @param rank columns of A and rows of B
/// @param scale what the update is multiplied with
/// @param dropout of what goes into A, while training
public record LowRankUpdate(int rank, float scale, Dropout dropout) {
  public LowRankUpdate {
    if (rank < 1) {
      throw new IllegalArgumentException("an update of rank " + rank + ": at least 1");
    }
  }

  public LowRankUpdate(int rank, float scale) {
    this(rank, scale, Dropout.none());
  }
}
