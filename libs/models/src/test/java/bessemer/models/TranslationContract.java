package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.models.TranslationGolden.Case;
import bessemer.models.TranslationGolden.Search;
import bessemer.models.generation.Sampling;
import bessemer.models.translation.Hypothesis;
import bessemer.models.translation.RunningSearch;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;
import bessemer.models.translation.Translator;
import bessemer.models.translation.Watch;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// M2M-100 against transformers and LingoLite against PyTorch, fp32, on each backend: every
/// component, and what searches find.
abstract class TranslationContract {
  private static final double COMPONENT = 1e-5; // encoder and below, as absolute as it is
  private static final double LOGITS = 1e-4;
  private static final double SCORE = 1e-4;

  /// A new engine of the calling thread, exact.
  abstract Engine engine();

  static Iterable<String> names() {
    return TranslationGolden.NAMES;
  }

  static Iterable<String> trained() {
    return TranslationGolden.TRAINED;
  }

  private static Tensor tokens(Engine engine, int[][] rows) {
    int[] flat = Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray();
    return engine.of(flat, rows.length, rows[0].length);
  }

  private static Tensor logits(TranslationModel model, Engine engine, Case c) {
    Memory memory = model.encode(tokens(engine, c.source()), c.lengths());
    return model.forward(Pass.of(tokens(engine, c.target())), memory, Want.ALL);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyComponentEqualsPyTorchs(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      for (Case c : golden.cases()) {
        try (Scope _ = engine.scope()) {
          var compared = new Compared(c, golden.expected(c), false);
          try (Trace _ = engine.trace(compared)) {
            Tensor logits = logits(loaded.model(), engine, c);
            close(c, "logits", logits, golden.logits(c), LOGITS);
          }
          assertThat(compared.met).isEqualTo(compared.expected.keySet());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyComponentFedByPyTorchEqualsPyTorchs(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory());
        Scope _ = engine.scope()) {
      Case c = golden.cases().getFirst();
      var compared = new Compared(c, golden.expected(c), true);
      try (Trace _ = engine.trace(compared)) {
        close(c, "logits", logits(loaded.model(), engine, c), golden.logits(c), COMPONENT);
      }
      assertThat(compared.met).isEqualTo(compared.expected.keySet());
    }
  }

  /// Compares; isolated, it goes on with what PyTorch had.
  private static final class Compared implements Trace.Observer {
    private final Case of;
    private final Map<String, float[]> expected;
    private final boolean isolated;
    private final Set<String> met = new HashSet<>();

    Compared(Case of, Map<String, float[]> expected, boolean isolated) {
      this.of = of;
      this.expected = expected;
      this.isolated = isolated;
    }

    @Override
    public Tensor output(String path, Tensor value) {
      float[] reference = expected.get(path);
      if (reference == null) {
        return value;
      }
      close(of, path, value, reference, COMPONENT);
      met.add(path);
      return isolated ? value.engine().of(reference, value.shape()) : value;
    }

    @Override
    public boolean wants(String path) {
      return expected.containsKey(path);
    }
  }

  private static void close(
      Case c, String what, Tensor output, float[] expected, double tolerance) {
    Tensor rows = output;
    if (c.positions().length > 0) { // [1, L, D], recorded at some positions only
      Tensor[] some = new Tensor[c.positions().length];
      Arrays.setAll(some, i -> output.slice(1, c.positions()[i], c.positions()[i] + 1));
      rows = Tensor.concat(1, some);
    }
    float[] actual = rows.toFloats();
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double top = 1;
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      double error = Math.abs((double) actual[i] - expected[i]);
      worst = error > worst || Double.isNaN(error) ? error : worst;
      top = Math.max(top, Math.abs(expected[i]));
    }
    assertThat(worst)
        .as("%s %s (largest %s)", c.name(), what, top)
        .isLessThanOrEqualTo(tolerance * (tolerance == COMPONENT ? top : 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void searchesFindWhatPyTorchFinds(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      var translator = new Translator(engine, loaded.model());
      for (Search search : golden.searches()) {
        compare(search, translator.translate(search.tasks(), search.options()));
      }
    }
  }

  private static void compare(Search search, List<List<Hypothesis>> found) {
    for (int row = 0; row < search.tasks().size(); row++) {
      List<Hypothesis> actual = found.get(row);
      assertThat(actual.stream().map(Hypothesis::tokens).toList())
          .as("row %d of %s", row, search.options())
          .isEqualTo(search.tokens().get(row));
      for (int i = 0; i < actual.size() && search.options().beams() > 1; i++) {
        double expected = search.scores().get(row).get(i);
        assertThat((double) actual.get(i).score())
            .as("score %d of row %d of %s", i, row, search.options())
            .isCloseTo(expected, within(SCORE * Math.max(1, Math.abs(expected))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trained")
  void aTextInABatchIsTranslatedAsItWouldBeAlone(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      var translator = new Translator(engine, loaded.model());
      for (Search search : golden.searches().subList(0, 5)) { // greedy, 2 and 4 beams
        List<List<List<Integer>>> alone = new ArrayList<>();
        for (Task task : search.tasks()) {
          alone.add(
              translator.translate(List.of(task), search.options()).getFirst().stream()
                  .map(Hypothesis::tokens)
                  .toList());
        }
        assertThat(alone).as(search.options().toString()).isEqualTo(search.tokens());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trained")
  void textsThatJoinARunningSearchFindTheSame(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      var translator = new Translator(engine, loaded.model());
      for (Search search : golden.searches().subList(0, 5)) { // greedy, 2 and 4 beams
        List<List<Hypothesis>> found =
            new ArrayList<>(Collections.nCopies(search.tasks().size(), List.of()));
        try (RunningSearch running = translator.begin(search.options(), noting(found))) {
          for (Task task : search.tasks()) {
            running.join(List.of(task));
            for (int step = 0; step < 2 && !running.isEmpty(); step++) {
              running.step();
            }
          }
          while (!running.isEmpty()) {
            running.step();
          }
        }
        compare(search, found);
      }
    }
  }

  private static Watch noting(List<List<Hypothesis>> found) {
    return new Watch() {
      @Override
      public void found(int text, List<Hypothesis> hypotheses) {
        found.set(text, hypotheses);
      }

      @Override
      public boolean unwanted(int text) {
        return false;
      }
    };
  }

  @ParameterizedTest
  @MethodSource("trained")
  void withoutACacheTheSameIsFound(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      var translator = Translator.withoutCache(engine, loaded.model(), KvType.FP32);
      for (Search search : golden.searches().subList(0, 5)) {
        compare(search, translator.translate(search.tasks(), search.options()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trained")
  void theSameSeedDrawsTheSameInABatchAndAlone(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory())) {
      var translator = new Translator(engine, loaded.model());
      List<Task> tasks = golden.searches().getFirst().tasks();
      var likeliest = translator.translate(tasks, sampling(1, 1));
      assertThat(tokens(likeliest)).isEqualTo(golden.searches().getFirst().tokens());
      var drawn = translator.translate(tasks, sampling(0, 7));
      List<List<List<Integer>>> alone = new ArrayList<>();
      for (Task task : tasks) {
        alone.addAll(tokens(translator.translate(List.of(task), sampling(0, 7))));
      }
      assertThat(tokens(drawn)).isEqualTo(alone).isNotEqualTo(tokens(likeliest));
      var other = translator.translate(tasks, sampling(0, 8));
      assertThat(tokens(other)).isNotEqualTo(alone);
    }
  }

  private static SearchOptions sampling(int topK, long seed) {
    var sampling = new Sampling(1, 1.5f, topK, 1, 0, seed);
    return new SearchOptions(1, 20, 1, 0, SearchOptions.EarlyStopping.HEURISTIC, sampling);
  }

  private static List<List<List<Integer>>> tokens(List<List<Hypothesis>> found) {
    return found.stream().map(row -> row.stream().map(Hypothesis::tokens).toList()).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void cachedDecodeEqualsTheFullForward(String name) throws IOException {
    try (TranslationGolden golden = TranslationGolden.open(name);
        Engine engine = engine();
        LoadedTranslator loaded = LoadedTranslator.load(engine, golden.directory());
        KvCache cache = new KvCache(engine, 8);
        Scope _ = engine.scope()) {
      Case c = golden.cases().getFirst();
      int vocabulary = loaded.model().vocabulary();
      float[] whole = logits(loaded.model(), engine, c).toFloats();
      Memory memory = loaded.model().encode(tokens(engine, c.source()), c.lengths());
      int sequence = cache.start();
      int from = 0;
      for (int to : new int[] {3, 4, 5, c.target()[0].length}) {
        int[][] some = {Arrays.copyOfRange(c.target()[0], from, to)};
        Pass pass = cache.pass(tokens(engine, some), sequence);
        float[] got = loaded.model().forward(pass, memory, Want.ALL).toFloats();
        float[] expected = Arrays.copyOfRange(whole, from * vocabulary, to * vocabulary);
        assertThat(got).containsExactly(expected, within(1e-5f));
        from = to;
      }
    }
  }
}
