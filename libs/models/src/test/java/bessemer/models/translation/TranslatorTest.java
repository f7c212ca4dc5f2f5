package bessemer.models.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.models.TranslationModel;
import bessemer.models.generation.Sampling;
import bessemer.models.translation.SearchOptions.EarlyStopping;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TranslatorTest {
  private static final int VOCABULARY = 40;

  /// Says the next token of the alphabet after each; after some steps its logits are no numbers.
  private static final class Breaking implements TranslationModel {
    private final int breaksAt;
    private int steps;

    Breaking(int breaksAt) {
      this.breaksAt = breaksAt;
    }

    @Override
    public Memory encode(Tensor tokens, int... lengths) {
      return Memory.of(tokens.engine(), List.of(), lengths);
    }

    @Override
    public Tensor states(Pass pass, Memory memory) {
      int rows = (int) pass.tokens().dim(0);
      int[] tokens = pass.tokens().toInts();
      float[] logits = new float[tokens.length * VOCABULARY];
      for (int i = 0; i < tokens.length; i++) {
        logits[i * VOCABULARY + (tokens[i] + 1) % VOCABULARY] = 9;
      }
      if (steps++ == breaksAt) {
        Arrays.fill(logits, Float.NaN);
      }
      return pass.tokens().engine().of(logits, rows, tokens.length / rows, VOCABULARY);
    }

    @Override
    public Tensor logits(Tensor states) {
      return states;
    }

    @Override
    public int vocabulary() {
      return VOCABULARY;
    }

    @Override
    public int contextLength() {
      return 50;
    }

    @Override
    public Marks marks() {
      return new Marks(1, 2, 39);
    }
  }

  static List<SearchOptions> searches() {
    return List.of(
        SearchOptions.of(1, 12),
        SearchOptions.of(3, 12),
        new SearchOptions(1, 12, 1, 2, EarlyStopping.HEURISTIC),
        new SearchOptions(1, 12, 1, 0, EarlyStopping.HEURISTIC, Sampling.at(.01f, 3)));
  }

  private static List<List<Hypothesis>> translate(Breaking model, SearchOptions options) {
    try (Engine engine = Cpu.engine(1)) {
      List<Task> tasks = List.of(new Task(List.of(5), List.of(7)), new Task(List.of(6), List.of()));
      return new Translator(engine, model).translate(tasks, options);
    }
  }

  @ParameterizedTest
  @MethodSource("searches")
  void refusesLogitsThatAreNoNumbers(SearchOptions options) {
    List<List<Hypothesis>> found = translate(new Breaking(Integer.MAX_VALUE), options);
    assertThat(found.getFirst().getFirst().tokens().subList(0, 4)).containsExactly(7, 8, 9, 10);
    assertThatThrownBy(() -> translate(new Breaking(4), options))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("logits are .*not numbers|the logit of token 0 is NaN");
  }
}
