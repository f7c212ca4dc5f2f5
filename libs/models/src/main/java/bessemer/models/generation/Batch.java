package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.models.generation.Generated.Finish;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Texts of one model that run together. They join and leave between steps. A step computes the
/// next token of every running text in one pass, so that weights are read once for all, and then a
/// chunk of one prompt; prompts take turns. Between two tokens of a text lies at most one chunk of
/// [#BESIDE] tokens, however many prompts of whatever length wait.
///
/// What a prompt has in common with any text before, or beside it, is not computed again.
///
/// Belongs to the engine's thread.
public final class Batch implements AutoCloseable {
  static final int ALONE = 512; // tokens of a prompt that run together while nothing else runs
  static final int BESIDE = 128; // the same while texts wait for their next token
  private static final int NONE = -1;

  /// @param texts that run together at most
  /// @param positions that sequences may have together before those that nobody uses are forgotten,
  ///   the least recently used first
  /// @param cache the elements of keys and values
  public record Limits(int texts, int positions, KvType cache) {
    /// With keys and values as the model computes them.
    public Limits(int texts, int positions) {
      this(texts, positions, KvType.FP32);
    }

    public Limits {
      if (texts < 1 || positions < 0) {
        throw new IllegalArgumentException(
            "a batch of %d texts that keeps %d positions".formatted(texts, positions));
      }
    }
  }

  /// What a step computed.
  ///
  /// @param decoded texts that got their next token
  /// @param prefilled tokens of a prompt
  /// @param reused tokens of a prompt that began and need not be computed
  public record Step(int decoded, int prefilled, int reused) {}

  private final Engine engine;
  private final LanguageModel model;
  private final Limits limits;
  private final LongSupplier nanos;
  private final List<Text> running = new ArrayList<>();
  private final Prompts prompts = new Prompts();
  private final boolean looksAhead;
  private final Ahead ahead;
  private Sequences sequences;

  /// @param nanos the clock
  public Batch(Engine engine, LanguageModel model, Limits limits, LongSupplier nanos) {
    this(engine, model, limits, nanos, engine.schedules());
  }

  /// @param looksAhead whether tokens are asked for before those before them are read; the texts
  ///   are the same
  Batch(Engine engine, LanguageModel model, Limits limits, LongSupplier nanos, boolean looksAhead) {
    this.engine = engine;
    this.model = model;
    this.limits = limits;
    this.nanos = nanos;
    this.sequences = new Sequences(engine, limits);
    this.looksAhead = looksAhead;
    this.ahead = new Ahead(engine, (texts, last) -> Choice.within(texts, forward(texts, last)));
  }

  /// How many texts may join. One whose angles depend on the length of the pass runs alone.
  public int room() {
    int most = model.dependsOnLength() ? 1 : limits.texts();
    return most - running.size() - prompts.size();
  }

  public boolean isEmpty() {
    return running.isEmpty() && prompts.isEmpty();
  }

  /// A text joins.
  ///
  /// @param pieces a new stream of the model's tokenizer
  /// @throws IllegalArgumentException if the prompt leaves no position for a token, or has tokens
  ///   that the model does not have
  /// @throws IllegalStateException if there is no room
  public void join(Request request, Pieces pieces, Follower follower) {
    if (room() < 1) {
      throw new IllegalStateException("the batch has no room for another text");
    }
    prompts.add(new Text(request, pieces, follower, model, nanos.getAsLong()));
  }

  /// Goes one step. Followers hear of pieces and ends meanwhile.
  public Step step() {
    leaveWhereCancelled();
    int decoded = running.isEmpty() ? 0 : decode(List.copyOf(running));
    Text prompt = prompts.next();
    return prompt == null ? new Step(decoded, 0, 0) : prefill(prompt, decoded);
  }

  private void leaveWhereCancelled() {
    List<Text> all = new ArrayList<>(running);
    all.addAll(prompts.all());
    for (Text text : all) {
      guarded(text, () -> text.cancelled() ? Finish.CANCELLED : null);
    }
  }

  /// Returns how many got their next token.
  private int decode(List<Text> texts) {
    boolean inGraph = looksAhead && texts.stream().allMatch(Text::inGraph);
    try {
      if (inGraph || ahead.isUnderWay(texts)) {
        return take(ahead.step(texts, inGraph));
      }
      return next(texts);
    } catch (Throwable e) { // the pass was of all of them
      startAfresh(e);
      return texts.size();
    }
  }

  private int take(Ahead.Told told) {
    long now = nanos.getAsLong();
    for (int row = 0; row < told.tokens().length; row++) {
      Text text = told.texts().get(row);
      int token = told.tokens()[row];
      guarded(text, () -> text.take(token, now));
    }
    return told.tokens().length;
  }

  private int next(List<Text> texts) {
    int[] best;
    try (Scope _ = engine.scope()) {
      int[] last = texts.stream().mapToInt(Text::lastToken).toArray();
      best = Choice.read(texts, forward(texts, engine.of(last, last.length, 1)));
    }
    long now = nanos.getAsLong();
    for (int row = 0; row < best.length; row++) {
      Text text = texts.get(row);
      int token = best[row];
      guarded(text, () -> text.next(token, now));
    }
    return best.length;
  }

  private Step prefill(Text text, int decoded) {
    int reused = 0;
    int computed;
    int best;
    try {
      reused = begin(text);
      int from = text.seen();
      best = chunk(text);
      computed = text.seen() - from;
    } catch (Throwable e) { // no other text has a part in it
      fail(text, e);
      return new Step(decoded, 0, reused);
    }
    if (best == NONE) {
      prompts.add(text);
    } else {
      running.add(text);
      long now = nanos.getAsLong();
      guarded(text, () -> text.next(best, now));
    }
    return new Step(decoded, computed, reused);
  }

  /// Returns how many tokens need not be computed.
  private int begin(Text text) {
    if (text.begun()) {
      return 0;
    }
    text.begin(model.dependsOnLength() ? sequences.start() : sequences.start(text.prompt()));
    return text.seen();
  }

  /// Computes the next chunk of a prompt. After the last one, tells where the largest logit is.
  private int chunk(Text text) {
    int[] prompt = text.prompt();
    int from = text.seen();
    int to = model.dependsOnLength() ? prompt.length : Math.min(prompt.length, from + most());
    try (Scope _ = engine.scope()) {
      Tensor tokens = engine.of(Arrays.copyOfRange(prompt, from, to), 1, to - from);
      if (to == prompt.length) {
        return Choice.read(List.of(text), forward(List.of(text), tokens))[0];
      }
      model.states(pass(List.of(text), tokens)).evaluate(); // nobody reads its logits
      return NONE;
    }
  }

  private int most() {
    return running.isEmpty() ? ALONE : BESIDE;
  }

  /// Logits `[B, 1, V]` after these tokens, as many of each text.
  private Tensor forward(List<Text> texts, Tensor tokens) {
    return model.forward(pass(texts, tokens), Want.LAST);
  }

  private Pass pass(List<Text> texts, Tensor tokens) {
    return sequences.pass(texts.stream().map(Text::sequence).toList(), tokens);
  }

  /// What the follower or the choice of a token may throw.
  private interface Move {
    @Nullable Finish make();
  }

  private void guarded(Text text, Move move) {
    try {
      Finish finish = move.make();
      if (finish != null) {
        leave(text, finish);
      }
    } catch (Throwable e) { // others go on
      fail(text, e);
    }
  }

  private void leave(Text text, Finish finish) {
    text.end(finish, nanos.getAsLong());
    forget(text);
    if (text.begun()) {
      if (model.dependsOnLength()) {
        sequences.drop(text.sequence());
      } else {
        sequences.keep(text.sequence(), text.needed());
      }
    }
  }

  private void fail(Text text, Throwable failure) {
    forget(text);
    if (text.begun()) {
      sequences.drop(text.sequence());
    }
    text.follower().failed(failure);
  }

  private void forget(Text text) {
    running.remove(text);
    prompts.remove(text);
  }

  /// Forgets everything that was computed: sequences may hold positions that never were.
  private void startAfresh(Throwable failure) {
    List<Text> begun = new ArrayList<>(running);
    prompts.all().stream().filter(Text::begun).forEach(begun::add);
    ahead.clear();
    sequences.close();
    sequences = new Sequences(engine, limits);
    for (Text text : begun) {
      forget(text);
      text.follower().failed(failure);
    }
  }

  /// Forgets all texts; their followers hear nothing.
  @Override
  public void close() {
    running.clear();
    prompts.clear();
    ahead.clear();
    sequences.close();
  }
}
