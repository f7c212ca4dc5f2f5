package bessemer.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Values that PyTorch computed for M2M-100's table of 1026 rows of 1024, padding at 1.
class SinusoidalPositionsTest {
  private static final int WIDTH = 1024;

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "0, 512, 1",
    "1, 0, 0",
    "1, 512, 0",
    "2, 0, 0.9092974067",
    "2, 1, 0.9235810637",
    "2, 511, 0.00019999998",
    "2, 512, -0.4161468446",
    "10, 3, -0.0488373265",
    "100, 100, -0.7047379017",
    "1025, 1, 0.9820588231"
  })
  void theTableIsPyTorchs(int row, int column, float value) {
    float[] table = SinusoidalPositions.table(1026, WIDTH, 1);
    assertThat(table[row * WIDTH + column]).isCloseTo(value, within(1e-6f));
  }

  @Test
  void paddingIsNotCountedAndPositionsGoOnFromWhatWasSeen() {
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope()) {
      SinusoidalPositions positions =
          new Source.Fresh(engine, new SplittableRandom(1))
              .build(params -> params.sinusoidalPositions(6, 8, 1));
      float[] table = SinusoidalPositions.table(12, 8, 1);
      int[] tokens = {5, 5, 1, 5, 1, 1, 7, 8};
      float[] got =
          positions.forward(engine.of(tokens, 2, 4), engine.of(new int[] {0, 4}, 2)).toFloats();
      int[] rows = {2, 3, 1, 4, 1, 1, 6, 7}; // 6 and 7 lie beyond the table
      for (int i = 0; i < rows.length; i++) {
        assertThat(Arrays.copyOfRange(got, 8 * i, 8 * i + 8))
            .isEqualTo(Arrays.copyOfRange(table, 8 * rows[i], 8 * rows[i] + 8));
      }
    }
  }
}
