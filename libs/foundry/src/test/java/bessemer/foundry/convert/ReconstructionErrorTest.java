package bessemer.foundry.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import bessemer.checkpoint.StoredType;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What each precision loses of normally distributed weights in rows of 4096: the root of the mean
/// square error over that of the weights, as numpy found it for the same formats.
class ReconstructionErrorTest {
  private static final double PERCENT = 5;

  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void write() throws IOException {
    String config =
        """
        {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 1, "head_dim": 128,
         "num_attention_heads": 1, "num_key_value_heads": 1, "intermediate_size": 128,
         "vocab_size": 128, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
         "max_position_embeddings": 256, "tie_word_embeddings": true}
        """;
    source = TinyModel.of(StoredType.F32, config).write(folder.resolve("source"));
  }

  private double lost(Precision precision) throws IOException {
    var spec = new ConversionSpec(source, folder.resolve("out"), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      return conversion.check().worst().getFirst().relativeRmse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, 64, 0.39",
    "3, 64, 0.19",
    "4, 32, 8.1e-2",
    "4, 64, 9.1e-2",
    "4, 128, 0.100",
    "5, 64, 4.4e-2",
    "6, 64, 2.17e-2",
    "8, 32, 4.8e-3",
    "8, 64, 5.4e-3"
  })
  void groupsLoseAsMuchAsMlxs(int bits, int group, double expected) throws IOException {
    var precision = new Precision.Affine(Recipe.uniform(bits, group), new Precision.Keep());
    assertThat(lost(precision)).isCloseTo(expected, withinPercentage(PERCENT));
  }

  @Test
  void rowsOfInt8LoseAsMuchAsOneScaleMust() throws IOException {
    assertThat(lost(Precision.int8())).isCloseTo(8.7e-3, withinPercentage(PERCENT));
  }

  @ParameterizedTest
  @CsvSource({"fp16, 2.1e-4", "bf16, 1.7e-3"})
  void roundedNumbersLoseTheirLastBits(String type, double expected) throws IOException {
    assertThat(lost(Precision.full(type))).isCloseTo(expected, withinPercentage(PERCENT));
  }
}
