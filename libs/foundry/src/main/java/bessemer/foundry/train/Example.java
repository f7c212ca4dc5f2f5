package bessemer.foundry.train;

/// One text as tokens.
///
/// @param tokens at least two
/// @param counted whether the loss counts that token as predicted from those before it; the first
///   never is
public record Example(int[] tokens, boolean[] counted) {
  public Example {
    if (tokens.length < 2 || tokens.length != counted.length) {
      throw new IllegalArgumentException(
          "%d tokens, %d marks: at least two, as many".formatted(tokens.length, counted.length));
    }
  }

  /// Predictions that the loss counts.
  public int predictions() {
    int count = 0;
    for (int i = 1; i < counted.length; i++) {
      count += counted[i] ? 1 : 0;
    }
    return count;
  }
}
