package bessemer.foundry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.benchmark.TranslationBenchmark.Result;
import bessemer.foundry.benchmark.TranslationBenchmark.Settings;
import bessemer.models.LoadedTranslator;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// With a clock that goes on by a millisecond whenever it is read.
class TranslationBenchmarkTest {
  private static final Path MODEL =
      Path.of("../models/src/test/resources/translation/nllb-trained");

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 1", "1, 4", "2, 2"})
  void writesEveryTokenAndReadsTheClockOnceForEach(int batch, int beams) throws IOException {
    var millis = new AtomicLong();
    try (Engine engine = Cpu.engine(1);
        LoadedTranslator loaded = LoadedTranslator.load(engine, MODEL)) {
      var benchmark =
          new TranslationBenchmark(
              engine, loaded.model(), KvType.FP16, () -> 1_000_000 * millis.getAndIncrement());
      Result result = benchmark.run(new Settings(5, 7, batch, beams, 2));
      assertThat(result.encode().mean()).isEqualTo(1);
      assertThat(result.firstToken().mean()).isEqualTo(2); // one look as the decoder begins
      assertThat(result.token()).isEqualTo(new Percentiles(1, 1, 1, 1, 1));
      assertThat(result.decodePerSecond()).isEqualTo(1000.0 * batch);
      assertThat(result.sentencesPerSecond()).isEqualTo(1000.0 * batch / 8);
      assertThat(millis).hasValue(3 * (2 + 9)); // one run warms up
    }
  }

  @Test
  void refusesATranslationOfOneToken() {
    assertThatThrownBy(() -> new Settings(5, 1, 1, 1, 1))
        .isInstanceOf(bessemer.foundry.BadRequestException.class)
        .hasMessageContaining("2 tokens");
  }
}
