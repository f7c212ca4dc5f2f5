package bessemer.foundry.train;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Which examples make up which batch: every epoch in an order of its own, decided by seed and
/// epoch alone, so that any batch can be made again without those before it. What does not fill a
/// batch at the end of an epoch waits for another order.
public final class Order {
  private final List<Example> examples;
  private final int batch;
  private final long seed;
  private long shuffled = -1;
  private int[] order = new int[0];

  public Order(List<Example> examples, int batch, long seed) {
    this.examples = List.copyOf(examples);
    this.batch = Math.min(batch, examples.size());
    this.seed = seed;
  }

  public long batchesOfEpoch() {
    return examples.size() / batch;
  }

  public Batch batch(long number) {
    long epoch = number / batchesOfEpoch();
    int from = (int) (number % batchesOfEpoch()) * batch;
    int[] indices = epoch(epoch);
    List<Example> chosen = new ArrayList<>();
    for (int i = from; i < from + batch; i++) {
      chosen.add(examples.get(indices[i]));
    }
    return Batch.of(chosen);
  }

  private int[] epoch(long epoch) {
    if (epoch != shuffled) {
      order = shuffle(examples.size(), new SplittableRandom(seed).split().nextLong() + epoch);
      shuffled = epoch;
    }
    return order;
  }

  /// The numbers below `count` in an order that the seed decides.
  static int[] shuffle(int count, long seed) {
    var random = new SplittableRandom(seed);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
