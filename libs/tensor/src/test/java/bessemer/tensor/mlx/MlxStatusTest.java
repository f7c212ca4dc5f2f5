package bessemer.tensor.mlx;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.mlx.BuiltMlx;
import bessemer.mlx.MlxMemory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MlxStatusTest {
  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Test
  void aBudgetBoundsWhatMlxTakes() {
    long limit = MlxMemory.limit(1L << 40);
    long cache = MlxMemory.cacheLimit(1L << 40);
    try {
      MlxStatus.limit(8L << 30);
      assertThat(MlxStatus.memory().limit()).isEqualTo(10L << 30);
      assertThat(MlxMemory.cacheLimit(0)).isEqualTo(1L << 30);
      MlxStatus.wire(); // on Metal what was said stays; elsewhere there is nothing to say
      assertThat(MlxStatus.memory().limit()).isEqualTo(10L << 30);
    } finally {
      MlxMemory.limit(limit);
      MlxMemory.cacheLimit(cache);
    }
  }
}
