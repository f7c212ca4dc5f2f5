package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.models.Golden.Case;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Every architecture against PyTorch, fp32, on random weights, on each backend.
///
/// The tolerance, times the larger of 1 and the largest reference of the component, is ten times
/// the distance that two correct fp32 implementations were measured to keep (1e-6 between eager and
/// fused attention of PyTorch itself).
abstract class GoldenContract {
  private static final double TOLERANCE = 1e-5;

  /// A new engine of the calling thread, exact.
  abstract Engine engine();

  static Iterable<String> names() {
    return Golden.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyComponentEqualsPyTorchs(String name) throws IOException {
    try (Golden golden = Golden.open(name);
        Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory())) {
      for (Case c : golden.cases()) {
        try (Scope scope = engine.scope()) {
          Tensor tokens = engine.of(c.flat(), c.tokens().length, c.length());
          var recording = new Recorded(new Trace.Recording(scope), golden.expected(c).keySet());
          Tensor logits;
          try (Trace _ = engine.trace(recording)) {
            logits = loaded.model().forward(Pass.of(tokens), Want.ALL);
          }
          compare(golden, c, recording.all().outputs());
          close(c, c.name() + " logits", logits, golden.floats(c.logits()));
        }
      }
    }
  }

  /// Watches everything, but has nothing made that PyTorch's recording lacks: the scores of
  /// thousands of tokens for instance.
  private record Recorded(Trace.Recording all, Set<String> paths) implements Trace.Observer {
    @Override
    public Tensor output(String path, Tensor value) {
      return all.output(path, value);
    }

    @Override
    public boolean wants(String path) {
      return paths.contains(path);
    }
  }

  private static void compare(Golden golden, Case c, Map<String, Tensor> outputs) {
    for (JsonNode component : c.components()) {
      String path = component.get("path").asString();
      assertThat(outputs).containsKey(path);
      float[] expected = golden.floats(component.get("tensor").asString());
      close(c, c.name() + " " + path, outputs.get(path), expected);
    }
  }

  private static void close(Case c, String what, Tensor output, float[] expected) {
    Tensor rows = output;
    if (c.positions().length > 0) { // [1, L, D], recorded at some positions only
      Tensor[] some = new Tensor[c.positions().length];
      Arrays.setAll(some, i -> output.slice(1, c.positions()[i], c.positions()[i] + 1));
      rows = Tensor.concat(1, some);
    }
    float[] actual = rows.toFloats();
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double top = 1;
    for (float value : expected) {
      top = Math.max(top, Math.abs(value));
    }
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      double error = Math.abs((double) actual[i] - expected[i]);
      worst = error > worst || Double.isNaN(error) ? error : worst;
    }
    assertThat(worst).as(what + " (largest " + top + ")").isLessThanOrEqualTo(TOLERANCE * top);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyComponentFedByPyTorchEqualsPyTorchs(String name) throws IOException {
    try (Golden golden = Golden.open(name);
        Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        Scope _ = engine.scope()) {
      Case c = golden.cases().getFirst();
      var isolated = new Isolated(c, golden.expected(c));
      Tensor tokens = engine.of(c.flat(), c.tokens().length, c.length());
      try (Trace _ = engine.trace(isolated)) {
        Tensor logits = loaded.model().forward(Pass.of(tokens), Want.ALL);
        close(c, "logits", logits, golden.floats(c.logits()));
      }
      assertThat(isolated.compared).isEqualTo(isolated.expected.keySet());
    }
  }

  /// Compares, and goes on with what PyTorch had.
  private static final class Isolated implements Trace.Observer {
    private final Case of;
    private final Map<String, float[]> expected;
    private final Set<String> compared = new HashSet<>();

    Isolated(Case of, Map<String, float[]> expected) {
      this.of = of;
      this.expected = expected;
    }

    @Override
    public Tensor output(String path, Tensor value) {
      float[] reference = expected.get(path);
      if (reference == null) {
        return value;
      }
      close(of, path, value, reference);
      compared.add(path);
      return value.engine().of(reference, value.shape());
    }

    @Override
    public boolean wants(String path) {
      return expected.containsKey(path);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void rowsOfDifferentLengthEqualThemselvesAlone(String name) throws IOException {
    try (Golden golden = Golden.open(name);
        Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        KvCache cache = new KvCache(engine, 8);
        Scope _ = engine.scope()) {
      LanguageModel model = loaded.model();
      Case batch = golden.cases().get(1);
      int[] counts = {batch.length() - 1, 7};
      int[] rows = {cache.start(), cache.start()};
      Tensor padded = engine.of(batch.flat(), 2, batch.length());
      Tensor last = model.forward(cache.pass(padded, rows, counts), Want.LAST);
      int[] next = {batch.tokens()[0][counts[0]], batch.tokens()[1][counts[1]]};
      Tensor further = model.forward(cache.pass(engine.of(next, 2, 1), rows), Want.LAST);
      for (int row = 0; row < rows.length; row++) {
        int[] alone = Arrays.copyOf(batch.tokens()[row], counts[row] + 1);
        Tensor whole = model.forward(Pass.of(engine.of(alone, 1, alone.length)), Want.ALL);
        int at = counts[row];
        close(batch, "last", last.slice(0, row, row + 1), whole.slice(1, at - 1, at).toFloats());
        Tensor decoded = further.slice(0, row, row + 1);
        close(batch, "further", decoded, whole.slice(1, at, at + 1).toFloats());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("namesInBothSpellings")
  void theConfigurationOfTransformers4MeansTheSame(String name, @TempDir Path copy)
      throws IOException {
    Path golden = Golden.directory(name);
    Files.copy(golden.resolve("config_v4.json"), copy.resolve("config.json"));
    Files.copy(golden.resolve("model.safetensors"), copy.resolve("model.safetensors"));
    assertThat(logits(copy)).isEqualTo(logits(golden));
  }

  static Stream<String> namesInBothSpellings() {
    return Golden.names().stream()
        .filter(name -> Files.exists(Golden.directory(name).resolve("config_v4.json")));
  }

  private float[] logits(Path directory) throws IOException {
    int[] tokens = {5, 1, 40, 22, 90, 7, 3, 3, 61, 18, 77, 2};
    try (Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, directory);
        Scope _ = engine.scope()) {
      Pass pass = Pass.of(engine.of(tokens, 1, tokens.length));
      return loaded.model().forward(pass, Want.ALL).toFloats();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void greedyTokensEqualPyTorchs(String name) throws IOException {
    try (Golden golden = Golden.open(name);
        Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        KvCache cache = new KvCache(engine, 8)) {
      int[] expected = golden.greedyTokens();
      int sequence = cache.start();
      int[] next = golden.greedyPrompt();
      int[] tokens = new int[expected.length];
      for (int i = 0; i < tokens.length; i++) {
        try (Scope _ = engine.scope()) {
          Pass pass = cache.pass(engine.of(next, 1, next.length), sequence);
          next = loaded.model().forward(pass, Want.LAST).argMax().toInts();
          tokens[i] = next[0];
        }
      }
      assertThat(tokens).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void cachedDecodeEqualsTheFullForward(String name) throws IOException {
    try (Golden golden = Golden.open(name);
        Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        KvCache cache = new KvCache(engine, 8)) {
      int[] tokens = golden.cases().getFirst().tokens()[0];
      int vocabulary = loaded.model().vocabulary();
      float[] whole;
      try (Scope _ = engine.scope()) {
        Pass pass = Pass.of(engine.of(tokens, 1, tokens.length));
        whole = loaded.model().forward(pass, Want.ALL).toFloats();
      }
      int sequence = cache.start();
      int from = 0;
      for (int to : new int[] {5, 6, 7, 8, 13, tokens.length}) {
        try (Scope _ = engine.scope()) {
          int[] some = Arrays.copyOfRange(tokens, from, to);
          Pass pass = cache.pass(engine.of(some, 1, some.length), sequence);
          float[] got = loaded.model().forward(pass, Want.ALL).toFloats();
          float[] expected = Arrays.copyOfRange(whole, from * vocabulary, to * vocabulary);
          double worst =
              IntStream.range(0, got.length)
                  .mapToDouble(i -> Math.abs(got[i] - expected[i]))
                  .max()
                  .orElseThrow();
          assertThat(worst).as("from " + from).isLessThanOrEqualTo(1e-5);
          from = to;
        }
      }
    }
  }
}
