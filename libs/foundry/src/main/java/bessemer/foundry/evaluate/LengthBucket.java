package bessemer.foundry.evaluate;

import java.util.ArrayList;
import java.util.List;

/// Lines of like length. Characters, because not every script separates words.
///
/// @param to the longest, the bucket's last included
record LengthBucket(int from, int to) {
  private static final int[] ENDS = {20, 40, 80, 160, 320};

  static List<LengthBucket> all() {
    List<LengthBucket> buckets = new ArrayList<>();
    int from = 0;
    for (int end : ENDS) {
      buckets.add(new LengthBucket(from, end));
      from = end + 1;
    }
    buckets.add(new LengthBucket(from, Integer.MAX_VALUE));
    return buckets;
  }

  boolean contains(int length) {
    return length >= from && length <= to;
  }

  @Override
  public String toString() {
    return to == Integer.MAX_VALUE ? from + " or more" : from + " to " + to;
  }
}
