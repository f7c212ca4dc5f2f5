package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.models.GoldenTexts;
import bessemer.models.LanguageModel;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Texts together against texts alone, on every architecture and on the example that has learned.
class BatchedModelsTest {
  private static final Path EXAMPLE = Path.of("../../examples/tiny-llama");

  static Iterable<String> names() {
    return GoldenTexts.names();
  }

  private static Followed join(Batch batch, List<Integer> prompt, int maxTokens) {
    var followed = new Followed();
    var request = new Request(prompt, maxTokens, Sampling.greedy(), Set.of(), List.of());
    batch.join(request, new Silent(), followed);
    return followed;
  }

  private static List<Integer> alone(Batch batch, List<Integer> prompt, int maxTokens) {
    Followed followed = join(batch, prompt, maxTokens);
    finish(batch);
    return followed.end().tokens();
  }

  private static void finish(Batch batch) {
    while (!batch.isEmpty()) {
      batch.step();
    }
  }

  private static Batch batch(Engine engine, LanguageModel model, int texts) {
    return new Batch(engine, model, new Batch.Limits(texts, 0), System::nanoTime);
  }

  /// Prompts of many lengths that join one after the other, PyTorch's among them.
  @ParameterizedTest
  @MethodSource("names")
  void greedyTokensAmongOthersEqualPyTorchs(String name) throws IOException {
    GoldenTexts golden = GoldenTexts.of(name);
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        Batch batch = batch(engine, loaded.model(), 5)) {
      List<Followed> all = new ArrayList<>();
      int wanted = golden.tokens().size();
      for (int i = 0; i < 7; i++) {
        while (batch.room() == 0) {
          batch.step();
        }
        boolean pyTorchs = i % 2 == 1;
        List<Integer> prompt = pyTorchs ? golden.prompt() : golden.prompt().subList(0, 1 + i / 2);
        all.add(join(batch, prompt, wanted));
        batch.step();
      }
      finish(batch);
      for (int i = 1; i < all.size(); i += 2) {
        assertThat(all.get(i).end().tokens()).isEqualTo(golden.tokens());
      }
    }
  }

  @Test
  void theExampleAnswersAmongOthersWhatItAnswersAlone() throws IOException {
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, EXAMPLE);
        Batch lonely = batch(engine, loaded.model(), 1);
        Batch batch = batch(engine, loaded.model(), 12)) {
      List<List<Integer>> prompts = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        prompts.add(conversation(262 + 3 * i, 1 + i % 5));
      }
      List<Followed> together = new ArrayList<>();
      for (List<Integer> prompt : prompts) {
        together.add(join(batch, prompt, 40));
        batch.step();
      }
      finish(batch);
      for (int i = 0; i < prompts.size(); i++) {
        List<Integer> expected = alone(lonely, prompts.get(i), 40);
        assertThat(together.get(i).end().tokens()).as("text " + i).isEqualTo(expected);
      }
    }
  }

  /// A question of a few words, in the example's template.
  private static List<Integer> conversation(int word, int count) {
    List<Integer> tokens = new ArrayList<>(List.of(1, 4));
    IntStream.range(0, count).forEach(i -> tokens.add(word + 7 * i));
    tokens.addAll(List.of(36, 2, 5));
    return tokens;
  }

  /// Which rows are multiplied together decides the order of sums, and so the last bits; what the
  /// others are does not.
  @ParameterizedTest
  @MethodSource("names")
  void whatNeighboursAreChangesNoBit(String name) throws IOException {
    GoldenTexts golden = GoldenTexts.of(name);
    try (Engine engine = Cpu.engine(2);
        LoadedModel loaded = LoadedModel.load(engine, golden.directory())) {
      for (int rows : new int[] {2, 3, 4, 7, 9, 25}) {
        float[][] some = logits(engine, loaded.model(), golden.prompt(), rows, 3);
        float[][] others = logits(engine, loaded.model(), golden.prompt(), rows, 11);
        float[] alone = logits(engine, loaded.model(), golden.prompt(), 1, 3)[0];
        int middle = rows / 2;
        assertThat(some[middle]).as(rows + " rows").isEqualTo(others[middle]);
        assertThat(some[0]).as(rows + " rows").isNotEqualTo(others[0]);
        for (int i = 0; i < alone.length; i++) {
          assertThat((double) some[middle][i])
              .isCloseTo(alone[i], org.assertj.core.data.Offset.offset(1e-5));
        }
      }
    }
  }

  /// Logits of a decoding step; the row in the middle continues this prompt, the others differ by
  /// the seed in what they have seen, how long they are, and what they get.
  private static float[][] logits(
      Engine engine, LanguageModel model, List<Integer> prompt, int rows, int seed) {
    try (KvCache cache = new KvCache(engine, 16);
        Scope _ = engine.scope()) {
      int[] sequences = new int[rows];
      int[] next = new int[rows];
      for (int row = 0; row < rows; row++) {
        boolean middle = row == rows / 2;
        int[] seen = prompt.stream().mapToInt(Integer::intValue).toArray();
        if (!middle) {
          seen = Arrays.copyOf(seen, 1 + (seed + row) % (seen.length - 1));
          seen[0] = (seed + row) % 50;
        }
        sequences[row] = cache.start();
        model.forward(cache.pass(engine.of(seen, 1, seen.length), sequences[row]), Want.LAST);
        next[row] = middle ? 7 : (seed * 5 + row) % 50;
      }
      Tensor last = model.forward(cache.pass(engine.of(next, rows, 1), sequences), Want.LAST);
      float[] all = last.toFloats();
      float[][] split = new float[rows][];
      Arrays.setAll(
          split,
          row -> Arrays.copyOfRange(all, row * model.vocabulary(), (row + 1) * model.vocabulary()));
      return split;
    }
  }
}
