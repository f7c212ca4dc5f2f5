package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.foundry.Progress;
import bessemer.foundry.parity.ReferencePack;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Generation;
import bessemer.models.generation.Pieces;
import bessemer.models.generation.Request;
import bessemer.models.generation.Sampling;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What rounding activations to 8 bits changes in a trained model, the bundled one.
final class RoundedActivationsTest {
  private static final Path MODEL = Path.of("../../examples/tiny-llama");
  private static final Path REFERENCE = Path.of("../../examples/tiny-llama-reference");

  @TempDir Path folder;

  private Path quantized(int bits, int group) throws IOException {
    var precision = new Precision.Affine(Recipe.uniform(bits, group), new Precision.Keep());
    var spec = new ConversionSpec(MODEL, folder.resolve("model-" + bits), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  /// Logits of every token of the recorded greedy answer.
  private static float[] logits(Engine engine, Path model) throws IOException {
    try (LoadedModel loaded = LoadedModel.load(engine, model);
        ReferencePack pack = ReferencePack.open(REFERENCE);
        Scope _ = engine.scope()) {
      int[] tokens =
          Stream.of(pack.greedy().orElseThrow().prompt(), pack.greedy().orElseThrow().tokens())
              .flatMap(List::stream)
              .mapToInt(token -> token)
              .toArray();
      Tensor all = loaded.model().forward(Pass.of(engine.of(tokens, 1, tokens.length)), Want.ALL);
      return all.cast(DType.F32).toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 64", "6, 64", "5, 64", "4, 64", "4, 32", "4, 128"})
  void distributionsStayWithinAHundredthOfANat(int bits, int group) throws IOException {
    Path model = quantized(bits, group);
    try (Engine exact = Cpu.engine(2);
        Engine fast = Cpu.fast(2)) {
      float[] expected = logits(exact, model);
      float[] rounded = logits(fast, model);
      int vocabulary = 640;
      for (int at = 0; at < expected.length; at += vocabulary) {
        assertThat(divergence(expected, rounded, at, vocabulary)).isBetween(-1e-6, 0.01);
      }
    }
  }

  /// Kullback and Leibler's, in nats.
  private static double divergence(float[] p, float[] q, int at, int count) {
    double normP = logSumExp(p, at, count);
    double normQ = logSumExp(q, at, count);
    double sum = 0;
    for (int i = at; i < at + count; i++) {
      sum += Math.exp(p[i] - normP) * (p[i] - normP - q[i] + normQ);
    }
    return sum;
  }

  private static double logSumExp(float[] x, int at, int count) {
    double sum = 0;
    for (int i = at; i < at + count; i++) {
      sum += Math.exp(x[i]);
    }
    return Math.log(sum);
  }

  @Test
  void theQuantizedModelAnswersAsPyTorchDoesWithTheFullOne() throws IOException {
    Path directory = quantized(4, 64);
    try (Engine engine = Cpu.fast(2);
        LoadedModel model = LoadedModel.load(engine, directory);
        ReferencePack pack = ReferencePack.open(REFERENCE);
        Generation generation = new Generation(engine, model.model(), () -> 0)) {
      ReferencePack.Greedy greedy = pack.greedy().orElseThrow();
      var request =
          new Request(
              greedy.prompt(), greedy.tokens().size(), Sampling.greedy(), Set.of(), List.of());
      Generated answer = generation.generate(request, NO_TEXT, _ -> {});
      assertThat(answer.tokens()).isEqualTo(greedy.tokens());
    }
  }

  private static final Pieces NO_TEXT =
      new Pieces() {
        @Override
        public String add(int token) {
          return "";
        }

        @Override
        public String finish() {
          return "";
        }
      };
}
