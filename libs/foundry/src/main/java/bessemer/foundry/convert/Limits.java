package bessemer.foundry.convert;

import bessemer.checkpoint.Shards;

/// What a conversion may use.
///
/// @param shardBytes most bytes of tensors in one file
/// @param tileElements elements that one thread works on at a time; a row is never divided
/// @param threads that convert, besides the one that writes
public record Limits(long shardBytes, int tileElements, int threads) {
  public Limits {
    if (shardBytes <= 0 || tileElements <= 0 || threads <= 0) {
      throw new IllegalArgumentException(
          "shards of %d bytes, tiles of %d, %d threads"
              .formatted(shardBytes, tileElements, threads));
    }
  }

  public static Limits standard() {
    return new Limits(Shards.LIMIT, 1 << 19, Runtime.getRuntime().availableProcessors());
  }
}
