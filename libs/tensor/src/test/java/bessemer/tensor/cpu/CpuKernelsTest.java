package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CpuKernelsTest {
  @Test
  void saysWhichRunAndWhyNot() {
    assertThat(CpuKernels.describe("auto", true, List.of("avx512", "avx2")))
        .isEqualTo("native, avx512 (this processor runs avx512, avx2)");
    assertThat(CpuKernels.describe("avx2", true, List.of("avx512", "avx2")))
        .startsWith("native, avx2 ");
    assertThat(CpuKernels.describe("auto", true, List.of())).contains("none for this processor");
    assertThat(CpuKernels.describe("auto", false, List.of())).contains("no C compiler");
    assertThat(CpuKernels.describe("java", true, List.of("avx2"))).contains("bessemer.kernels");
  }

  @Test
  void speaksOfTheKernelsThatRun() {
    assertThat(CpuKernels.describe().startsWith("native"))
        .isEqualTo(NativeKernels.chosen().isPresent());
  }
}
