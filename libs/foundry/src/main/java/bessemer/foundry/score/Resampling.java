package bessemer.foundry.score;

/// How often and from which seed corpora are resampled. The same seed gives the same samples, and
/// those of sacrebleu.
public record Resampling(int count, long seed) {
  public static final long SEED = 12345;

  public Resampling {
    if (count < 2 || seed < 0) {
      throw new IllegalArgumentException(
          "%d samples from seed %d: needs 2 at least, and no negative seed".formatted(count, seed));
    }
  }

  public Resampling(int count) {
    this(count, SEED);
  }
}
