package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The sources of a search as the model has read them, and what it has written so far. Lives in the
/// scope in which it was made, and so does all that was read.
final class Decoder implements AutoCloseable {
  private static final int GROWTH = 32; // positions; most translations are of one or two sentences

  private final Engine engine;
  private final TranslationModel model;
  private final KvType type;
  private final KvCache cache;
  private final boolean remembers;
  private @Nullable Memory memory; // null without sources

  /// @param type the elements of keys and values
  /// @param remembers whether it keeps what it made of the tokens so far, or makes it afresh at
  ///   each step
  Decoder(Engine engine, TranslationModel model, KvType type, boolean remembers) {
    this.engine = engine;
    this.model = model;
    this.type = type;
    this.remembers = remembers;
    this.cache = new KvCache(engine, GROWTH, type);
  }

  /// Reads the sources of these texts.
  Memory read(List<Task> tasks) {
    int[] lengths = tasks.stream().mapToInt(task -> task.source().size()).toArray();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    int[] tokens = new int[lengths.length * longest];
    Arrays.fill(tokens, model.marks().padding());
    for (int row = 0; row < lengths.length; row++) {
      copy(tasks.get(row).source(), tokens, row * longest);
    }
    try (Scope encoding = engine.scope()) {
      Tensor rows = engine.of(tokens, lengths.length, longest);
      return model.encode(rows, lengths).kept(encoding, type);
    }
  }

  private static void copy(List<Integer> from, int[] to, int at) {
    for (int i = 0; i < from.size(); i++) {
      to[at + i] = from.get(i);
    }
  }

  KvCache cache() {
    return cache;
  }

  /// These sources come after those that are there.
  void add(Memory sources) {
    memory = memory == null ? sources : memory.and(sources);
  }

  /// Goes on with these sources only, by their places among the present ones.
  void keep(int[] sources) {
    memory = sources.length == 0 ? null : sources().only(sources);
  }

  private Memory sources() {
    return Objects.requireNonNull(memory, "nothing was read");
  }

  /// Logits `[N, 1, V]` after the beginning of each translation, which is its own sequence.
  Tensor begin(Memory sources, int[][] beginnings, int[] sequences) {
    int longest = 0;
    int[] counts = new int[beginnings.length];
    for (int row = 0; row < counts.length; row++) {
      counts[row] = beginnings[row].length;
      longest = Math.max(longest, counts[row]);
    }
    int[] tokens = new int[counts.length * longest];
    for (int row = 0; row < counts.length; row++) {
      System.arraycopy(beginnings[row], 0, tokens, row * longest, counts[row]);
    }
    Tensor rows = engine.of(tokens, counts.length, longest);
    Pass pass = cache.pass(rows, sequences, counts);
    return model.forward(pass, sources, Want.LAST);
  }

  /// Logits `[B, 1, V]` after one more token of each sequence, as many of each source.
  ///
  /// @param written all tokens of each
  Tensor step(int[][] written, int[] sequences) {
    if (!remembers) {
      return afresh(written);
    }
    int[] last = Arrays.stream(written).mapToInt(tokens -> tokens[tokens.length - 1]).toArray();
    Pass pass = cache.pass(engine.of(last, last.length, 1), sequences);
    return model.forward(pass, sources(), Want.LAST);
  }

  private Tensor afresh(int[][] written) {
    int[] sequences = Arrays.stream(written).mapToInt(_ -> cache.start()).toArray();
    Tensor logits = begin(sources(), written, sequences);
    for (int sequence : sequences) {
      cache.drop(sequence);
    }
    return logits;
  }

  @Override
  public void close() {
    cache.close();
  }
}
