package bessemer.tensor.nn;

import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Slot;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.CachedPass.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a model has seen: a pool of sequences, each with the keys and values of every layer. They
/// are started, forked, trimmed, reordered and dropped by number; a pass names those it continues.
///
/// A forked sequence shares its buffers until one side writes. The one that writes first copies the
/// room of what it has in common with the other.
public final class KvCache implements AutoCloseable {
  /// BKSE, S at least all positions seen so far.
  record KeyValues(Tensor keys, Tensor values) {}

  private record Buffers(Slot keys, Slot values) {
    Buffers() {
      this(Slot.lasting(), Slot.lasting());
    }

    void clear() {
      keys.clear();
      values.clear();
    }
  }

  static final class Sequence {
    private final List<Buffers> layers = new ArrayList<>();
    private int length;

    private void requireLength(int number, int wanted) {
      if (wanted < 0 || wanted > length) {
        throw new IllegalArgumentException(
            "sequence " + number + " has " + length + " positions, not " + wanted);
      }
    }

    private Buffers layer(int index) {
      while (layers.size() <= index) {
        layers.add(new Buffers());
      }
      return layers.get(index);
    }
  }

  private final Engine engine;
  private final int step;
  private final KvType type;
  private final Map<Integer, Sequence> sequences = new HashMap<>();
  private int started;

  /// A cache of what the model computes, as it computes it.
  ///
  /// @param step positions of the first buffers
  public KvCache(Engine engine, int step) {
    this(engine, step, KvType.FP32);
  }

  /// @param step positions of the first buffers; they grow by doubling, so that a position is
  ///   copied about once and buffers of one length fit other sequences later
  /// @param type of the elements
  public KvCache(Engine engine, int step, KvType type) {
    this.engine = engine;
    this.step = step;
    this.type = type;
  }

  /// Positions of the buffers of a sequence that grows to this length.
  public int room(int length) {
    int room = step;
    while (room < length) {
      room = Math.multiplyExact(room, 2);
    }
    return room;
  }

  /// A new, empty sequence.
  public int start() {
    sequences.put(started, new Sequence());
    return started++;
  }

  /// A new sequence that has seen the same.
  public int fork(int sequence) {
    return fork(sequence, length(sequence));
  }

  /// A new sequence that has seen the same up to this length.
  public int fork(int sequence, int length) {
    Sequence from = sequence(sequence);
    from.requireLength(sequence, length);
    int fork = start();
    copy(from, length, sequence(fork));
    return fork;
  }

  private void copy(Sequence from, int length, Sequence to) {
    to.length = length;
    try (Scope _ = engine.scope()) {
      for (int layer = 0; layer < from.layers.size(); layer++) {
        Buffers source = from.layer(layer);
        if (!source.keys.isEmpty()) {
          to.layer(layer).keys.set(beginning(source.keys.get(), length));
          to.layer(layer).values.set(beginning(source.values.get(), length));
        }
      }
    }
  }

  private Tensor beginning(Tensor buffer, int length) {
    return buffer.slice(2, 0, Math.min(buffer.dim(2), room(length)));
  }

  /// Gives each of the sequences what the one at its place in `from` has seen: the surviving beams.
  public void reorder(int[] changed, int[] from) {
    List<Sequence> next = new ArrayList<>();
    for (int source : from) {
      Sequence copy = new Sequence();
      copy(sequence(source), length(source), copy);
      next.add(copy);
    }
    for (int i = 0; i < changed.length; i++) {
      sequence(changed[i]).layers.forEach(Buffers::clear);
      sequences.put(changed[i], next.get(i));
    }
  }

  /// Forgets what lies beyond this length: rejected drafts, the divergent end of a prompt.
  public void trim(int sequence, int length) {
    Sequence trimmed = sequence(sequence);
    trimmed.requireLength(sequence, length);
    trimmed.length = length;
  }

  public void drop(int sequence) {
    sequence(sequence).layers.forEach(Buffers::clear);
    sequences.remove(sequence);
  }

  /// Positions seen so far.
  public int length(int sequence) {
    return sequence(sequence).length;
  }

  /// Tokens `[B, L]` that continue these B sequences and from now on count as seen.
  public Pass pass(Tensor tokens, int... continued) {
    int[] counts = new int[continued.length];
    java.util.Arrays.fill(counts, Math.toIntExact(tokens.dim(1)));
    return pass(tokens, continued, counts);
  }

  /// The same for rows of different length, padded at their ends: row `i` has `counts[i]` tokens.
  public Pass pass(Tensor tokens, int[] continued, int[] counts) {
    if (tokens.dim(0) != continued.length || counts.length != continued.length) {
      throw new IllegalArgumentException(
          continued.length + " sequences and " + counts.length + " counts for " + tokens.shape());
    }
    List<Row> rows = new ArrayList<>();
    int[] offsets = new int[continued.length];
    for (int i = 0; i < continued.length; i++) {
      if (counts[i] < 1 || counts[i] > tokens.dim(1)) {
        throw new IllegalArgumentException(
            "row " + i + " has " + counts[i] + " of " + tokens.dim(1) + " tokens");
      }
      Sequence sequence = sequence(continued[i]);
      offsets[i] = sequence.length;
      sequence.length += counts[i];
      Tensor offset = engine.of(new int[] {offsets[i]}, 1);
      rows.add(new Row(sequence, counts[i], sequence.length, offset));
    }
    return new CachedPass(this, tokens, engine.of(offsets, offsets.length), rows);
  }

  KeyValues append(Row row, int layer, Tensor keys, Tensor values) {
    Buffers buffers = row.sequence().layer(layer);
    return new KeyValues(append(buffers.keys, keys, row), append(buffers.values, values, row));
  }

  private Tensor append(Slot slot, Tensor update, Row row) {
    long room = slot.isEmpty() ? 0 : slot.get().dim(2);
    if (row.end() > room) {
      grow(slot, update, room(row.end()) - room);
    }
    return slot.set(slot.get().place(update, row.offset()));
  }

  /// In a scope of its own: what every layer made on the way would live as long as the pass.
  private void grow(Slot slot, Tensor update, long more) {
    try (Scope _ = engine.scope()) {
      Tensor zeros = type.buffer(update, more);
      Tensor grown = slot.isEmpty() ? zeros : Tensor.concat(2, slot.get(), zeros);
      slot.set(grown);
    }
  }

  private Sequence sequence(int number) {
    Sequence sequence = sequences.get(number);
    if (sequence == null) {
      throw new IllegalArgumentException("the cache has no sequence " + number);
    }
    return sequence;
  }

  /// Drops every sequence.
  @Override
  public void close() {
    sequences.values().forEach(sequence -> sequence.layers.forEach(Buffers::clear));
    sequences.clear();
  }
}
