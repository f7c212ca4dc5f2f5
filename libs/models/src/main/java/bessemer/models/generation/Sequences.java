package bessemer.models.generation;

import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The sequences of a cache with the tokens that each has seen, those of texts that have ended
/// included: a prompt continues what begins like it.
final class Sequences implements AutoCloseable {
  private static final int GROWTH = 256; // positions of the first buffers
  private static final int LONG = 64; // positions that are not thrown away lightly
  private static final int WORTH = 16; // a fork copies what is common: fewer are computed sooner

  private final KvCache cache;
  private final int mostPositions;
  private final List<Sequence> all = new ArrayList<>();
  private long uses;

  /// One sequence. Who took it alone continues it.
  final class Sequence {
    private final int number;
    private int[] seen;
    private int room; // positions of its buffers
    private boolean taken = true;
    private long used = uses++;

    private Sequence(int number, int[] seen, int room) {
      this.number = number;
      this.seen = seen;
      this.room = room;
    }

    int length() {
      return cache.length(number);
    }

    /// How many of the first tokens it has seen, but for the last: that one is computed for its
    /// logits.
    private int common(int[] prompt) {
      int most = Math.min(length(), prompt.length - 1);
      int differs = Arrays.mismatch(seen, 0, most, prompt, 0, most);
      return differs < 0 ? most : differs;
    }

    /// What its tokens are from a position on, seen already or not yet.
    void tell(int position, int... tokens) {
      int end = position + tokens.length;
      if (end > seen.length) {
        seen = Arrays.copyOf(seen, Math.max(2 * seen.length, end));
      }
      System.arraycopy(tokens, 0, seen, position, tokens.length);
    }
  }

  /// @param limits of positions, above which those go that nobody uses, least recently used first;
  ///   a single one stays whatever it has
  Sequences(Engine engine, Batch.Limits limits) {
    this.mostPositions = limits.positions();
    this.cache = new KvCache(engine, GROWTH, limits.cache());
  }

  /// A new one.
  Sequence start() {
    return added(new Sequence(cache.start(), new int[GROWTH], 0));
  }

  /// One that has seen the longest beginning of this prompt that is known, and nothing else. A
  /// sequence in use is forked, and one that would lose much by being continued.
  Sequence start(int[] prompt) {
    Optional<Sequence> alike =
        all.stream()
            .max(
                Comparator.<Sequence>comparingInt(one -> one.common(prompt))
                    .thenComparing(one -> !one.taken)
                    .thenComparingInt(one -> -one.length()));
    return alike.isEmpty() ? start() : continued(alike.get(), alike.get().common(prompt));
  }

  private Sequence continued(Sequence known, int common) {
    known.used = uses++;
    if (!known.taken && known.length() - common <= LONG) {
      known.taken = true;
      cache.trim(known.number, common);
      return known;
    }
    if (common < WORTH) {
      return start();
    }
    int fork = cache.fork(known.number, common);
    return added(new Sequence(fork, known.seen.clone(), cache.room(common)));
  }

  private Sequence added(Sequence sequence) {
    all.add(sequence);
    dropOld();
    return sequence;
  }

  /// A pass that continues each by its row of tokens, `[B, L]`, which from now on are seen. What
  /// they are may be told later.
  Pass pass(List<Sequence> continued, Tensor tokens) {
    int count = Math.toIntExact(tokens.dim(1));
    int[] numbers = new int[continued.size()];
    for (int row = 0; row < numbers.length; row++) {
      Sequence sequence = continued.get(row);
      sequence.room = Math.max(sequence.room, cache.room(sequence.length() + count));
      numbers[row] = sequence.number;
    }
    dropOld();
    return cache.pass(tokens, numbers);
  }

  /// Keeps its first positions for prompts that begin like it.
  void keep(Sequence sequence, int length) {
    cache.trim(sequence.number, length);
    sequence.taken = false;
    sequence.used = uses++;
    dropOld();
  }

  void drop(Sequence sequence) {
    all.remove(sequence);
    cache.drop(sequence.number);
  }

  private void dropOld() {
    while (all.size() > 1 && all.stream().mapToLong(one -> one.room).sum() > mostPositions) {
      Optional<Sequence> oldest =
          all.stream().filter(one -> !one.taken).min(Comparator.comparingLong(one -> one.used));
      if (oldest.isEmpty()) {
        return;
      }
      drop(oldest.get());
    }
  }

  @Override
  public void close() {
    cache.close();
  }
}
