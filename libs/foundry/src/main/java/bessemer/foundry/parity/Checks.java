package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ReferencePack.Greedy;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Want;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What must hold within our own implementation, whatever the weights: the ways in which a model is
/// really run (with a cache, in padded batches) against the plain forward pass that is compared
/// with PyTorch.
final class Checks {
  private static final int LENGTH = 24;
  private static final int CACHE_STEP = 16;

  private final Subject subject;
  private final Engine engine;
  private final List<Integer> first;
  private final List<Integer> second;

  /// @param tokens at least two of each of two rows of one length
  private Checks(Subject subject, List<Integer> first, List<Integer> second) {
    this.subject = subject;
    this.engine = subject.engine();
    this.first = first;
    this.second = second;
  }

  /// Over tokens of the pack where there is one, else over random ones.
  static Checks of(Subject subject, List<List<Integer>> rows) {
    List<Integer> first = rows.isEmpty() ? random(subject) : rows.getFirst();
    List<Integer> some = first.subList(0, Math.min(LENGTH, first.size()));
    List<Integer> reversed = new ArrayList<>(some.reversed());
    return new Checks(subject, some, reversed);
  }

  private static List<Integer> random(Subject subject) {
    int vocabulary = subject.logits(List.of(List.of(0))).length;
    return new Random(1).ints(12, 0, vocabulary).boxed().toList();
  }

  List<Check> own() {
    if (first.size() < 2) {
      return List.of(
          new Check("cached = uncached", Outcome.NOT_APPLICABLE, "the tokens are too few"));
    }
    return List.of(cached(), padded(), batch());
  }

  private Check cached() {
    float[] expected = subject.logits(List.of(first));
    int vocabulary = expected.length / first.size();
    float[] got = new float[expected.length];
    try (KvCache cache = new KvCache(engine, CACHE_STEP)) {
      int sequence = cache.start();
      int from = 0;
      for (int to = first.size() / 2; to <= first.size(); to++) {
        float[] part = step(cache, List.of(first.subList(from, to)), Want.ALL, sequence);
        System.arraycopy(part, 0, got, from * vocabulary, part.length);
        from = to;
      }
    }
    return compared("cached = uncached", got, expected);
  }

  /// Two prompts of different length, the shorter one padded, and one more token for both.
  private Check padded() {
    int shorter = Math.max(1, first.size() / 2);
    int longer = first.size() - 1;
    List<Integer> padding = new ArrayList<>(second.subList(0, shorter));
    while (padding.size() < longer) {
      padding.add(second.getLast());
    }
    float[] got;
    try (KvCache cache = new KvCache(engine, CACHE_STEP)) {
      int[] sequences = {cache.start(), cache.start()};
      List<List<Integer>> rows = List.of(first.subList(0, longer), padding);
      float[] prompt = step(cache, rows, sequences, new int[] {longer, shorter});
      List<List<Integer>> next = List.of(List.of(first.get(longer)), List.of(second.get(shorter)));
      got = joined(prompt, step(cache, next, Want.LAST, sequences));
    }
    float[] expected =
        joined(
            joined(last(first.subList(0, longer)), last(second.subList(0, shorter))),
            joined(last(first), last(second.subList(0, shorter + 1))));
    return compared("padded = unpadded", got, expected);
  }

  private Check batch() {
    float[] got = subject.logits(List.of(first, second));
    float[] expected = joined(subject.logits(List.of(first)), subject.logits(List.of(second)));
    return compared("batch = single", got, expected);
  }

  private float[] step(KvCache cache, List<List<Integer>> rows, Want want, int... sequences) {
    try (Scope _ = engine.scope()) {
      Tensor tokens = subject.tokens(rows);
      return subject.forward().apply(cache.pass(tokens, sequences), want).toFloats();
    }
  }

  private float[] step(KvCache cache, List<List<Integer>> rows, int[] sequences, int[] counts) {
    try (Scope _ = engine.scope()) {
      Tensor tokens = subject.tokens(rows);
      return subject.forward().apply(cache.pass(tokens, sequences, counts), Want.LAST).toFloats();
    }
  }

  private float[] last(List<Integer> row) {
    float[] all = subject.logits(List.of(row));
    int vocabulary = all.length / row.size();
    return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
  }

  private static float[] joined(float[] a, float[] b) {
    float[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  private static Check compared(String name, float[] got, float[] expected) {
    Figures figures =
        Comparison.of(
            MemorySegment.ofArray(got), MemorySegment.ofArray(expected), Shape.of(expected.length));
    Tolerance tolerance = Tolerances.ownLogits();
    String detail =
        String.format(
            Locale.ROOT,
            "max|difference| %.2e of the logits, gate %.0e x %.3g",
            figures.maxAbs(),
            tolerance.gate(),
            Math.max(1, figures.maxReference()));
    return new Check(name, tolerance.passes(figures) ? Outcome.PASSED : Outcome.FAILED, detail);
  }

  /// PyTorch's continuation by arg-max, with our cache fed PyTorch's tokens. Where another token
  /// comes first, the two must lie so close that the gate of the logits explains it.
  ///
  /// @param logits the gate; with quantized weights the continuation is measured
  Check greedy(Greedy greedy, Tolerances tolerances) {
    int equal = 0;
    List<String> ties = new ArrayList<>();
    try (KvCache cache = new KvCache(engine, CACHE_STEP)) {
      int sequence = cache.start();
      List<Integer> next = greedy.prompt();
      for (int token : greedy.tokens()) {
        float[] logits = step(cache, List.of(next), Want.LAST, sequence);
        int ours = argMax(logits);
        equal += ours == token ? 1 : 0;
        if (ours != token && !isNearTie(logits, ours, token, tolerances)) {
          return differing(greedy, equal + ties.size(), logits, token, tolerances);
        }
        if (ours != token) {
          ties.add("token " + (equal + ties.size() + 1));
        }
        next = List.of(token);
      }
    }
    String near = ties.isEmpty() ? "" : ", near ties at " + String.join(", ", ties);
    String detail = equal + " of " + greedy.tokens().size() + " tokens" + near;
    return new Check("greedy = PyTorch's", Outcome.PASSED, detail);
  }

  private static Check differing(
      Greedy greedy, int at, float[] logits, int token, Tolerances tolerances) {
    int ours = argMax(logits);
    String detail =
        String.format(
            Locale.ROOT,
            "token %d of %d is %d, PyTorch's %d, whose logit is %.2e lower",
            at + 1,
            greedy.tokens().size(),
            ours,
            token,
            logits[ours] - logits[token]);
    Outcome outcome = tolerances.weights().quantized() ? Outcome.MEASURED : Outcome.FAILED;
    return new Check("greedy = PyTorch's", outcome, detail);
  }

  /// Each of both logits may be off by the gate.
  private static boolean isNearTie(float[] logits, int ours, int token, Tolerances tolerances) {
    double largest = 1;
    for (float logit : logits) {
      largest = Math.max(largest, Math.abs(logit));
    }
    double margin = (double) logits[ours] - logits[token];
    double bound = 2 * largest;
    return tolerances
        .accumulated(Kind.LOGITS)
        .filter(tolerance -> margin <= bound * tolerance.gate())
        .isPresent();
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
