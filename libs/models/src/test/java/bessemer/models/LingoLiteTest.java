package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.checkpoint.StoredType;
import bessemer.models.LingoLiteConfig.Preset;
import bessemer.tensor.nn.Source.Listing.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LingoLiteTest {
  @TempDir Path folder;

  private static ConfigJson config(String fields) {
    String json = "{\"model_type\": \"lingolite\"%s}".formatted(fields);
    return ConfigJson.parse(Path.of("config.json"), json);
  }

  private static long parameters(ConfigJson config) {
    return Models.architecture(config).weights().stream()
        .mapToLong(weight -> weight.shape().size())
        .sum();
  }

  /// Counted in PyTorch from LingoLite's own definition.
  @ParameterizedTest
  @CsvSource({"tiny, 14800384", "small, 61849600", "medium, 169459200", "large, 421001216"})
  void itsSizesHaveAsManyParametersAsItsOwn(String size, long parameters) {
    assertThat(parameters(config(", \"model_size\": \"%s\"".formatted(size))))
        .isEqualTo(parameters);
  }

  @Test
  void whatAConfigurationDoesNotSayIsAsInTheSmallOne() {
    assertThat(LingoLiteConfig.from(config(""))).isEqualTo(Preset.SMALL.config(false));
    LingoLiteConfig some =
        LingoLiteConfig.from(config(", \"d_model\": 256, \"n_heads\": 4, \"vocab_size\": 99"));
    assertThat(some.sizes()).isEqualTo(new LingoLiteConfig.Sizes(256, 4, 2, 2048));
    assertThat(some.vocabulary()).isEqualTo(99);
  }

  @ParameterizedTest
  @CsvSource({"tiny, 704", "small, 1408", "medium, 2048", "large, 2752"})
  void anEfficientFeedForwardIsNarrower(String size, int width) {
    String fields = ", \"model_size\": \"%s\", \"efficient_ffn\": true".formatted(size);
    LingoLiteConfig config = LingoLiteConfig.from(config(fields));
    assertThat(config.sizes().innerDim()).isEqualTo(width);
    assertThat(config).isEqualTo(Preset.valueOf(size.toUpperCase(Locale.ROOT)).config(true));
    assertThat(LingoLiteConfig.from(config(fields + ", \"d_ff\": 640")).sizes().innerDim())
        .isEqualTo(640);
  }

  @Test
  void refusesHeadsThatDoNotFit() {
    assertThatThrownBy(() -> LingoLiteConfig.from(config(", \"n_heads\": 6")))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("d_model 512, n_heads 6 and n_kv_heads 2");
    assertThatThrownBy(() -> LingoLiteConfig.from(config(", \"model_size\": \"huge\"")))
        .hasMessageContaining("model_size is \"huge\"; known are tiny, small");
  }

  @Test
  void theEmbeddingIsThereOnceAndItsCopiesAreLeftOut() {
    Architecture<?> tied = Models.architecture(config(""));
    assertThat(tied.weights().stream().map(Weight::path).filter(path -> path.contains("embed")))
        .containsExactly("encoder.embedding.weight");
    assertThat(List.of("decoder.embedding.weight", "decoder.lm_head.weight")).allMatch(tied::drops);
    Architecture<?> untied = Models.architecture(config(", \"tie_embeddings\": false"));
    assertThat(untied.drops("decoder.lm_head.weight")).isFalse();
    assertThat(untied.weights()).extracting(Weight::path).contains("decoder.lm_head.weight");
  }

  @ParameterizedTest
  @CsvSource({"lingolite-tiny, 300", "lingolite-uneven, 101", "lingolite-trained, 70"})
  void theConfigurationIsInTheFileOrBesideIt(String name, int vocabulary) throws IOException {
    ConfigJson config = Configurations.of(TranslationGolden.directory(name));
    assertThat(config.modelType()).isEqualTo("lingolite");
    assertThat(LingoLiteConfig.from(config).vocabulary()).isEqualTo(vocabulary);
  }

  @Test
  void aFileWithoutConfigurationIsKnownByItsShapes() throws IOException {
    Path weights =
        checkpoint(
            Map.of(
                "encoder.embedding.weight", List.of(40L, 256L),
                "encoder.layers.0.norm1.weight", List.of(256L),
                "encoder.layers.1.norm1.weight", List.of(256L),
                "encoder.layers.0.self_attn.k_proj.weight", List.of(128L, 256L),
                "encoder.layers.0.ffn.gate_proj.weight", List.of(704L, 256L),
                "decoder.layers.0.norm1.weight", List.of(256L),
                "decoder.lm_head.weight", List.of(40L, 256L)));
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      ConfigJson config = LingoLiteFile.config(checkpoint).orElseThrow();
      LingoLiteConfig expected =
          LingoLiteConfig.from(
              config(
                  ", \"model_size\": \"tiny\", \"efficient_ffn\": true, \"vocab_size\": 40,"
                      + " \"n_encoder_layers\": 2, \"n_decoder_layers\": 1"));
      assertThat(LingoLiteConfig.from(config)).isEqualTo(expected);
    }
  }

  @Test
  void refusesAFileOfUnknownWidthWithoutConfiguration() throws IOException {
    Path weights =
        checkpoint(
            Map.of(
                "encoder.embedding.weight", List.of(40L, 64L),
                "encoder.layers.0.self_attn.k_proj.weight", List.of(32L, 64L)));
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      assertThatThrownBy(() -> LingoLiteFile.config(checkpoint))
          .isInstanceOf(BadCheckpointException.class)
          .hasMessageContaining("a width of 64 with keys of 32 is none of LingoLite's sizes")
          .hasMessageContaining("put a config.json beside it");
    }
  }

  @Test
  void refusesQuantizedWeightsByTheirMethod() {
    assertThatThrownBy(() -> Configurations.of(TranslationGolden.directory("lingolite-int8")))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("quantized by \"dynamic_int8\"; take the checkpoint");
  }

  /// Weights of zeros.
  private Path checkpoint(Map<String, List<Long>> shapes) throws IOException {
    Path file = folder.resolve("model.safetensors");
    List<Planned> tensors =
        shapes.entrySet().stream()
            .map(entry -> new Planned(entry.getKey(), StoredType.F32, entry.getValue()))
            .toList();
    try (var out = SafetensorsWriter.create(file, tensors, Map.of())) {
      for (Planned tensor : tensors) {
        out.append(tensor.name(), MemorySegment.ofArray(new byte[(int) tensor.bytes()]));
      }
      out.finish();
    }
    return file;
  }
}
