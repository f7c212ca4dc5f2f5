package bessemer.tensor.cpu;

import static bessemer.tensor.Numbers.random;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Products with weights of bf16 as models that answer run them, against sums of doubles, on all
/// kernels that this machine can run: floats are multiplied as they are, or as two numbers of bf16.
class Bf16ProductsTest {
  private static final double TOLERANCE = 0x1p-17 + 1e-6; // of the sum of magnitudes

  private static Engine engine(Optional<NativeKernels> kernels, int threads) {
    return new Engine(new Cpu(threads, Activations.INT8, kernels));
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void agreeWithDoubles(Optional<NativeKernels> kernels) {
    var r = new Random(1);
    int[][] sizes = {{17, 31, 64}, {33, 100, 96}, {64, 7, 1056}, {135, 257, 32}, {20, 40, 50}};
    try (Engine engine = engine(kernels, 2);
        Scope _ = engine.scope()) {
      for (int[] n : sizes) {
        Tensor a = random(engine, r, n[0], n[2]);
        Tensor b = random(engine, r, n[1], n[2]).cast(DType.BF16);
        check(a.matmulTransposed(b).toFloats(), a, b);
        Tensor turned = b.transpose(1, 0).cast(DType.F32).cast(DType.BF16);
        check(a.matmul(turned).toFloats(), a, b);
        check(a.reshape(1, n[0], n[2]).matmulTransposed(b).toFloats(), a, b);
      }
    }
  }

  private static void check(float[] got, Tensor a, Tensor b) {
    float[] rows = a.toFloats();
    float[] columns = b.cast(DType.F32).toFloats();
    int inner = (int) a.shape().dim(-1);
    int width = columns.length / inner;
    for (int i = 0; i < got.length; i++) {
      double sum = 0;
      double magnitude = 0;
      for (int k = 0; k < inner; k++) {
        double one = (double) rows[i / width * inner + k] * columns[i % width * inner + k];
        sum += one;
        magnitude += Math.abs(one);
      }
      assertThat(Math.abs(got[i] - sum)).as("%d", i).isLessThan(TOLERANCE * magnitude);
    }
  }

  @ParameterizedTest
  @MethodSource("bessemer.tensor.cpu.AllKernels#stream")
  void resultsDoNotDependOnTheNumberOfThreads(Optional<NativeKernels> kernels) {
    List<float[]> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 5}) {
      var r = new Random(4);
      try (Engine engine = engine(kernels, threads);
          Scope _ = engine.scope()) {
        Tensor b = random(engine, r, 701, 640).cast(DType.BF16);
        results.add(random(engine, r, 50, 640).matmulTransposed(b).toFloats());
      }
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }
}
