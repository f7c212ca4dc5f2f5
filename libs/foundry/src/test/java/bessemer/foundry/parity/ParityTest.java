package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ParityTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama-tied", "llama-untied-gqa", "llama-biases", "llama-bf16"})
  void provesAModelThatComputesWhatPyTorchComputes(String name) {
    try (Golden golden = Golden.open(name)) {
      ParityReport report =
          golden.parity(Weights.same()).verify(golden.pack, golden.stored(Map.of()), null);
      System.out.println(report.headline());
      report.controls().forEach(System.out::println);
      report.checks().forEach(System.out::println);
      report.reasons().forEach(System.out::println);
      assertThat(report.verdict()).isEqualTo(Verdict.PROVED);
    }
  }
}
