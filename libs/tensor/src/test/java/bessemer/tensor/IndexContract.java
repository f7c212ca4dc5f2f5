package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Views.tolerance;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// What indices choose: rows of tables, classes and their losses.
public interface IndexContract {
  /// A new engine of the calling thread.
  Engine engine();

  @Test
  default void tablesAreReadAndAddedTo() {
    var r = new Random(26);
    int[][] choices = {{}, {3}, {0, 4, 4, 2, 0, 0}};
    try (Engine engine = engine()) {
      for (DType type : Views.FLOATS) {
        for (Views view : Views.values()) {
          for (int[] chosen : choices) {
            try (Scope _ = engine.scope()) {
              Tensor table = view.of(engine, r, type, 5, 7);
              Tensor indices = engine.of(chosen, chosen.length);
              float[] all = table.toFloats();
              float[] rows = table.gather(indices).toFloats();
              float[] sums = table.gather(indices).scatter(indices, 5).toFloats();
              float[] expected = new float[35];
              for (int i = 0; i < rows.length; i++) {
                assertThat(rows[i]).isEqualTo(all[chosen[i / 7] * 7 + i % 7]);
                expected[chosen[i / 7] * 7 + i % 7] += rows[i];
              }
              assertClose("scatter " + type + view, sums, expected, tolerance(type));
            }
          }
        }
      }
    }
  }

  @Test
  default void classesAndLossesHold() {
    var r = new Random(27);
    try (Engine engine = engine()) {
      for (Views view : Views.values()) {
        try (Scope _ = engine.scope()) {
          Tensor logits = view.of(engine, r, DType.F32, 4, 9);
          int[] targets = {8, 0, -100, 3};
          float[] got = logits.crossEntropy(engine.of(targets, 4)).toFloats();
          float[] x = logits.toFloats();
          for (int row = 0; row < 4; row++) {
            double total = 0;
            for (int i = 0; i < 9; i++) {
              total += Math.exp(x[9 * row + i]);
            }
            double loss = targets[row] < 0 ? 0 : Math.log(total) - x[9 * row + targets[row]];
            assertThat((double) got[row])
                .isCloseTo(loss, org.assertj.core.data.Offset.offset(4e-6));
          }
        }
      }
      try (Scope _ = engine.scope()) {
        assertThat(engine.of(new int[] {2, -1, 3, 0}, 2, 2).oneHot(3).toFloats())
            .containsExactly(0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0);
        assertThat(engine.of(new int[0], 0).oneHot(3).toFloats()).isEmpty();
      }
    }
  }
}
