package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Greedy;
import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.foundry.parity.Subject.Network;
import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BiFunction;

/// What must hold within our own implementation, whatever the weights: the ways in which a model is
/// really run (with a cache, in padded batches) against the plain forward pass that is compared
/// with PyTorch.
final class Checks {
  private static final int LENGTH = 24;
  private static final int CACHE_STEP = 16;

  private final Subject subject;
  private final Engine engine;
  private final List<Source> source;
  private final List<Integer> first;
  private final List<Integer> second;

  /// @param source what a translator reads: one row, which both of its translations are of
  /// @param first at least two tokens, like `second`
  private Checks(Subject subject, List<Source> source, List<Integer> first, List<Integer> second) {
    this.subject = subject;
    this.engine = subject.engine();
    this.source = source;
    this.first = first;
    this.second = second;
  }

  /// Over the first row of a case.
  static Checks of(Subject subject, Case recorded) {
    List<Source> source = recorded.source().stream().map(Source::first).toList();
    return of(subject, source, recorded.tokens().getFirst());
  }

  /// Over random tokens.
  static Checks ofRandom(Subject subject) {
    List<Source> none =
        switch (subject.network()) {
          case Network.Decoder _ -> List.of();
          case Network.Translator(TranslationModel model) ->
              List.of(Source.of(random(12, model.vocabulary(), model.marks().padding())));
        };
    int vocabulary = subject.logits(none, List.of(List.of(0))).length;
    return of(subject, none, random(12, vocabulary, -1));
  }

  private static Checks of(Subject subject, List<Source> source, List<Integer> tokens) {
    List<Integer> some = tokens.subList(0, Math.min(LENGTH, tokens.size()));
    return new Checks(subject, source, some, some.reversed());
  }

  private static List<Integer> random(int count, int vocabulary, int without) {
    return new Random(1)
        .ints(0, vocabulary)
        .filter(token -> token != without)
        .limit(count)
        .boxed()
        .toList();
  }

  /// @param files that the model was loaded from
  List<Check> own(Checkpoint files) {
    List<Check> checks = new ArrayList<>();
    if (first.size() < 2) {
      checks.add(new Check("cached = uncached", Outcome.NOT_APPLICABLE, "the tokens are too few"));
    } else {
      checks.addAll(List.of(cached(), padded(), batch()));
    }
    if (subject.network() instanceof Network.Translator(TranslationModel model)) {
      Source one = source.getFirst();
      checks.addAll(new TranslationChecks(subject, model, files, one, first).run());
    }
    return checks;
  }

  private Check cached() {
    float[] expected = subject.logits(source, List.of(first));
    int vocabulary = expected.length / first.size();
    float[] got = new float[expected.length];
    try (Scope _ = engine.scope();
        KvCache cache = new KvCache(engine, CACHE_STEP)) {
      var steps = new Steps(cache, subject.after(source));
      int sequence = cache.start();
      int from = 0;
      for (int to = first.size() / 2; to <= first.size(); to++) {
        float[] part = steps.all(List.of(first.subList(from, to)), sequence);
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
    try (Scope _ = engine.scope();
        KvCache cache = new KvCache(engine, CACHE_STEP)) {
      var steps = new Steps(cache, subject.after(source));
      int[] sequences = {cache.start(), cache.start()};
      List<List<Integer>> rows = List.of(first.subList(0, longer), padding);
      float[] prompt = steps.last(rows, sequences, longer, shorter);
      List<List<Integer>> next = List.of(List.of(first.get(longer)), List.of(second.get(shorter)));
      got = joined(prompt, steps.last(next, sequences, 1, 1));
    }
    float[] expected =
        joined(
            joined(last(first.subList(0, longer)), last(second.subList(0, shorter))),
            joined(last(first), last(second.subList(0, shorter + 1))));
    return compared("padded = unpadded", got, expected);
  }

  private Check batch() {
    float[] got = subject.logits(source, List.of(first, second));
    float[] expected =
        joined(subject.logits(source, List.of(first)), subject.logits(source, List.of(second)));
    return compared("batch = single", got, expected);
  }

  /// Passes through one cache, as a model runs when it generates.
  private final class Steps {
    private final KvCache cache;
    private final BiFunction<Pass, Want, Tensor> forward;

    Steps(KvCache cache, BiFunction<Pass, Want, Tensor> forward) {
      this.cache = cache;
      this.forward = forward;
    }

    float[] all(List<List<Integer>> rows, int... sequences) {
      try (Scope _ = engine.scope()) {
        return forward.apply(cache.pass(subject.tokens(rows), sequences), Want.ALL).toFloats();
      }
    }

    /// @param counts tokens of each row; the rest is padding
    float[] last(List<List<Integer>> rows, int[] sequences, int... counts) {
      try (Scope _ = engine.scope()) {
        Pass pass = cache.pass(subject.tokens(rows), sequences, counts);
        return forward.apply(pass, Want.LAST).toFloats();
      }
    }
  }

  private float[] last(List<Integer> row) {
    float[] all = subject.logits(source, List.of(row));
    int vocabulary = all.length / row.size();
    return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
  }

  static float[] joined(float[] a, float[] b) {
    float[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  static Check compared(String name, float[] got, float[] expected) {
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
    try (Scope _ = engine.scope();
        KvCache cache = new KvCache(engine, CACHE_STEP)) {
      var steps = new Steps(cache, subject.after(greedy.source()));
      int[] sequence = {cache.start()};
      List<Integer> next = greedy.prompt();
      for (int token : greedy.tokens()) {
        float[] logits = steps.last(List.of(next), sequence, next.size());
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
