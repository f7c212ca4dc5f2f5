package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.models.Golden.Case;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What each type of a cache costs in logits, token by token, against PyTorch's on every golden and
/// against the exact ones of the example that has learned; on each backend.
abstract class KvTypesContract {
  private static final Path EXAMPLE = Path.of("../../examples/tiny-llama");

  /// A new engine of the calling thread, exact.
  abstract Engine engine();

  /// Of all rows of logits, the worst and the sums.
  private static final class Errors {
    private double worst; // of a logit, by the largest of its row
    private double divergence;
    private int rows;
    private int agreeing;
    private int texts;
    private int equalTexts;

    void row(float[] got, float[] expected, int at, int count) {
      double largest = 0;
      double difference = 0;
      for (int i = 0; i < count; i++) {
        largest = Math.max(largest, Math.abs(expected[at + i]));
        difference = Math.max(difference, Math.abs((double) got[i] - expected[at + i]));
      }
      float[] row = Arrays.copyOfRange(expected, at, at + count);
      worst = Math.max(worst, difference / largest);
      divergence += divergence(row, got);
      agreeing += best(got) == best(row) ? 1 : 0;
      rows++;
    }

    double meanDivergence() {
      return divergence / rows;
    }

    double agreement() {
      return (double) agreeing / rows;
    }

    @Override
    public String toString() {
      return "%d rows: worst %.1e of the largest, KL %.1e, agreement %.4f; %d of %d texts"
          .formatted(rows, worst, meanDivergence(), agreement(), equalTexts, texts);
    }
  }

  private static int best(float[] row) {
    return IntStream.range(0, row.length).reduce(0, (a, b) -> row[b] > row[a] ? b : a);
  }

  /// Kullback and Leibler's, in nats.
  private static double divergence(float[] p, float[] q) {
    double normP = logSumExp(p);
    double normQ = logSumExp(q);
    return IntStream.range(0, p.length)
        .mapToDouble(i -> Math.exp(p[i] - normP) * (p[i] - normP - q[i] + normQ))
        .sum();
  }

  private static double logSumExp(float[] x) {
    double top = x[best(x)];
    double sum = IntStream.range(0, x.length).mapToDouble(i -> Math.exp(x[i] - top)).sum();
    return top + Math.log(sum);
  }

  /// Logits of each token after those before it, all of them read from the cache.
  private static void compare(
      Engine engine, LanguageModel model, KvType type, int[] tokens, float[] expected, Errors to) {
    try (KvCache cache = new KvCache(engine, 4, type)) {
      int sequence = cache.start();
      for (int i = 0; i < tokens.length; i++) {
        try (Scope _ = engine.scope()) {
          Pass pass = cache.pass(engine.of(new int[] {tokens[i]}, 1, 1), sequence);
          float[] got = model.forward(pass, Want.LAST).toFloats();
          to.row(got, expected, i * got.length, got.length);
        }
      }
    }
  }

  private static int[] greedy(
      Engine engine, LanguageModel model, KvType type, int[] prompt, int count) {
    int[] tokens = new int[count];
    try (KvCache cache = new KvCache(engine, 4, type)) {
      int sequence = cache.start();
      int[] next = prompt;
      for (int i = 0; i < count; i++) {
        try (Scope _ = engine.scope()) {
          Pass pass = cache.pass(engine.of(next, 1, next.length), sequence);
          next = model.forward(pass, Want.LAST).argMax().toInts();
        }
        tokens[i] = next[0];
      }
    }
    return tokens;
  }

  private Errors goldens(KvType type) throws IOException {
    var errors = new Errors();
    for (String name : Golden.names()) {
      try (Golden golden = Golden.open(name);
          Engine engine = engine();
          LoadedModel loaded = LoadedModel.load(engine, golden.directory())) {
        LanguageModel model = loaded.model();
        Case first = golden.cases().getFirst();
        if (first.positions().length == 0 && !model.dependsOnLength()) {
          float[] expected = golden.floats(first.logits());
          compare(engine, model, type, first.tokens()[0], expected, errors);
        }
        int[] expected = golden.greedyTokens();
        int[] got = greedy(engine, model, type, golden.greedyPrompt(), expected.length);
        errors.texts++;
        errors.equalTexts += Arrays.equals(got, expected) ? 1 : 0;
      }
    }
    return errors;
  }

  private Errors example(KvType type) throws IOException {
    var errors = new Errors();
    var random = new Random(5);
    try (Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, EXAMPLE)) {
      LanguageModel model = loaded.model();
      for (int text = 0; text < 10; text++) {
        int[] prompt = new int[5 + 4 * text];
        Arrays.setAll(prompt, _ -> 262 + random.nextInt(300));
        prompt[0] = 1;
        prompt[1] = 4;
        prompt[prompt.length - 1] = 5;
        int[] exact = greedy(engine, model, KvType.FP32, prompt, 60);
        errors.texts++;
        errors.equalTexts += Arrays.equals(greedy(engine, model, type, prompt, 60), exact) ? 1 : 0;
        int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(exact)).toArray();
        float[] expected;
        try (Scope _ = engine.scope()) {
          Pass pass = Pass.of(engine.of(all, 1, all.length));
          expected = model.forward(pass, Want.ALL).toFloats();
        }
        compare(engine, model, type, all, expected, errors);
      }
    }
    return errors;
  }

  /// The most that a type may cost.
  ///
  /// @param worst difference of a logit, by the largest of its row
  /// @param divergence of the mean row, in nats
  private record Limit(double worst, double divergence, double agreement) {
    static Limit of(KvType type) {
      return switch (type) {
        case FP32 -> new Limit(1e-5, 1e-11, 1);
        case FP16 -> new Limit(5e-3, 1e-6, 1);
        case BF16 -> new Limit(5e-2, 5e-5, .99);
        case INT8 -> new Limit(5e-2, 2e-4, .97);
      };
    }

    void holds(Errors errors) {
      assertThat(errors.worst).as(errors.toString()).isBetween(0., worst);
      assertThat(errors.meanDivergence()).as(errors.toString()).isBetween(-1e-12, divergence);
      assertThat(errors.agreement()).as(errors.toString()).isGreaterThanOrEqualTo(agreement);
    }
  }

  @ParameterizedTest
  @EnumSource
  void logitsStayAsCloseToPyTorchsAsTheTypeAllows(KvType type) throws IOException {
    Errors errors = goldens(type);
    Limit.of(type).holds(errors);
    boolean allEqual = type != KvType.INT8;
    assertThat(errors.equalTexts).isBetween(allEqual ? errors.texts : 15, errors.texts);
  }

  @ParameterizedTest
  @EnumSource
  void theExampleStaysAsCloseToItself(KvType type) throws IOException {
    Errors errors = example(type);
    Limit.of(type).holds(errors);
    boolean exact = type == KvType.FP32 || type == KvType.FP16;
    assertThat(errors.equalTexts).isBetween(exact ? errors.texts : 6, errors.texts);
  }

  @Test
  void bytesOfAPositionAreThoseOfItsElementsAndScales() {
    var shape = new CacheShape(22, 4, 64);
    assertThat(shape.positionBytes(KvType.FP32)).isEqualTo(45_056);
    assertThat(shape.positionBytes(KvType.FP16)).isEqualTo(22_528);
    assertThat(shape.positionBytes(KvType.BF16)).isEqualTo(22_528);
    assertThat(shape.positionBytes(KvType.INT8)).isEqualTo(11_968);
  }
}
