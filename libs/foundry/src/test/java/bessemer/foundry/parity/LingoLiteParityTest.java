package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// LingoLite, from each shape of its files, against what `tools/reference/record.py` recorded of
/// it.
final class LingoLiteParityTest {
  private static final String TRAINED = "lingolite-trained";

  @TempDir private Path directory;

  private static ParityReport verified(Path model, Path pack) throws IOException {
    return new Parity("golden", model, new Reference.Pack(pack), null)
        .verify(Goldens::engine, _ -> {});
  }

  private static ParityReport verified(String name) throws IOException {
    return verified(Goldens.translator(name), Goldens.pack(name));
  }

  private static List<Control> found(ParityReport report, Finding finding) {
    return report.controls().stream().filter(control -> control.finding() == finding).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lingolite-tiny", "lingolite-uneven", TRAINED})
  void provesEveryShapeOfItsFiles(String name) throws IOException {
    ParityReport report = verified(name);
    assertThat(report.headline())
        .startsWith("PROVED: computes what PyTorch computes; ")
        .containsPattern("of the encoder \\d\\.\\de-0[678], of the logits");
    assertThat(report.cases())
        .extracting(ParityReport.CaseReport::name)
        .containsExactly("short", "batch", "long");
    assertThat(report.cases())
        .allSatisfy(c -> assertThat(c.problems()).isEmpty())
        .allSatisfy(c -> assertThat(c.logits().accumulated().figures().maxAbs()).isLessThan(1e-4));
    assertThat(report.cases().stream().flatMap(one -> one.components().stream()))
        .allSatisfy(c -> assertThat(c.accumulated().figures().scaledError()).isLessThan(1e-5))
        .allSatisfy(c -> assertThat(c.kind()).isNotEqualTo(Kind.OTHER))
        .filteredOn(c -> c.path().equals("encoder.final_norm"))
        .hasSize(3)
        .allSatisfy(c -> assertThat(c.accumulated().figures().maxAbs()).isLessThan(1e-5));
    assertThat(report.checks())
        .allMatch(check -> check.outcome() == Outcome.PASSED)
        .extracting(Check::name)
        .containsExactly(
            "cached = uncached",
            "padded = unpadded",
            "batch = single",
            "padded sources = unpadded",
            "one embedding",
            "greedy = PyTorch's");
  }

  @Test
  void recordsEveryPartOfABlockPaddedSourcesAndTwoHundredTokens() throws IOException {
    ParityReport report = verified(TRAINED);
    assertThat(report.cases().getFirst().components())
        .extracting(ComponentReport::path)
        .contains(
            "encoder.embedding",
            "encoder.embedding.scaled",
            "encoder.layers.0.self_attn.q_rope",
            "encoder.layers.0.self_attn.k_rope",
            "encoder.layers.0.self_attn.probs",
            "encoder.layers.0.ffn.gate_proj",
            "encoder.layers.0.ffn",
            "encoder.layers.1.norm2",
            "encoder.final_norm",
            "decoder.embedding.scaled",
            "decoder.layers.0.self_attn.q_rope",
            "decoder.layers.0.cross_attn.scores",
            "decoder.layers.0.cross_attn.context",
            "decoder.layers.1.norm3",
            "decoder.final_norm")
        .doesNotContain("decoder.layers.0.cross_attn.q_rope");
    assertThat(report.cases().get(1).sources()).containsExactly(8, 6, 7);
    assertThat(report.cases().get(2).sources()).containsExactly(200);
    assertThat(report.cases().get(2).positions()).contains(0, 100, 199);
    assertThat(TextReport.of(report).lines()).allMatch(line -> line.length() <= 100);
    assertThat(HtmlReport.of(report)).contains("encoder layer 0", "decoder layer");
  }

  @Test
  void everyMistakeIsDetectedOrCannotBeMade() throws IOException {
    ParityReport report = verified(TRAINED);
    assertThat(found(report, Finding.UNDETECTED)).isEmpty();
    assertThat(found(report, Finding.DETECTED))
        .extracting(Control::name)
        .containsExactly(
            "perturbed weight, encoder",
            "transposed matrix, encoder",
            "swapped q and k, encoder",
            "perturbed weight, decoder",
            "transposed matrix, decoder",
            "swapped q and k, decoder",
            "perturbed weight, cross-attention",
            "swapped q and k, cross-attention",
            "swapped cross- and self-attention",
            "wrong language token, encoder",
            "wrong target language token, encoder",
            "diverging embedding, encoder",
            "diverging embedding, decoder",
            "diverging embedding, head",
            "unscaled embedding, encoder",
            "unscaled embedding, decoder",
            "padding attended to",
            "rotation in cross-attention",
            "rotation one place late, encoder",
            "rotation one place late, decoder",
            "keys of another group",
            "values of another group");
    String none = "no positions are added to the embeddings";
    assertThat(found(report, Finding.NOT_APPLICABLE))
        .containsExactly(
            Trial.notApplicable(
                "missing bias, encoder", "no dense linear of encoder.layers.0 has a bias"),
            Trial.notApplicable(
                "missing bias, decoder", "no dense linear of decoder.layers.0 has a bias"),
            Trial.notApplicable(
                "wrong language token, decoder", "the source names the translation's language"),
            Trial.notApplicable("padding counted in positions", none),
            Trial.notApplicable("position offset missing", none));
  }

  @Test
  void mistakesShowWhereTheyAreMade() throws IOException {
    assertThat(found(verified(TRAINED), Finding.DETECTED))
        .extracting(Control::detail)
        .anyMatch(detail -> detail.contains("self-attention: decoder.layers.0.cross_attn.scores "))
        .anyMatch(detail -> detail.contains("one by one: decoder.layers.0.self_attn.scores "))
        .anyMatch(detail -> detail.contains("one by one: decoder.layers.0.self_attn.context "))
        .anyMatch(detail -> detail.contains("as they are: encoder.embedding.scaled "));
  }

  @Test
  void aHeadOfItsOwnIsNoCopyOfTheEmbedding() throws IOException {
    ParityReport report = verified("lingolite-uneven");
    assertThat(found(report, Finding.NOT_APPLICABLE))
        .contains(
            Trial.notApplicable("diverging embedding, head", "the head has weights of its own"));
    assertThat(found(report, Finding.UNDETECTED)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "encoder.layers.1.ffn.down_proj, encoder.layers.1.ffn.down_proj",
    "encoder.layers.0.norm1, encoder.layers.0.norm1",
    "decoder.layers.0.cross_attn.k_proj, decoder.layers.0.cross_attn.k_proj",
    "decoder.layers.1.norm3, decoder.layers.1.norm3",
  })
  void rejectsAChangedWeightAndNamesTheComponent(String weight, String component)
      throws IOException {
    Goldens.copyChanged(
        Goldens.translator(TRAINED), directory, weight + ".weight", values -> values[3] += 0.05f);
    ParityReport report = verified(directory, Goldens.pack(TRAINED));
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.headline())
        .startsWith("REJECTED: short: " + component + " on PyTorch's input is off by");
  }

  @Test
  void rejectsSwappedCrossAndSelfAttention() throws IOException {
    Goldens.copyRenamed(
        Goldens.translator(TRAINED),
        directory,
        name ->
            name.contains(".cross_attn.")
                ? name.replace(".cross_attn.", ".self_attn.")
                : name.startsWith("decoder.") ? name.replace("self_attn", "cross_attn") : name);
    assertThat(verified(directory, Goldens.pack(TRAINED)).headline())
        .startsWith("REJECTED: short: decoder.layers.0.");
  }

  @Test
  void rejectsHeadsOfAnotherWidth() throws IOException {
    Goldens.copyConfigured(
        Goldens.translator(TRAINED),
        directory,
        config -> config.put("n_heads", 8).put("n_kv_heads", 4));
    assertThat(verified(directory, Goldens.pack(TRAINED)).reasons())
        .anyMatch(reason -> reason.contains("encoder.layers.0.self_attn.q_rope"));
  }

  @Test
  void rejectsAHeadThatIsNotTheEmbedding() throws IOException {
    String head = "decoder.lm_head.weight";
    Goldens.copyChanged(Goldens.translator(TRAINED), directory, head, values -> values[7] += 1e-3f);
    assertThat(verified(directory, Goldens.pack(TRAINED)).reasons())
        .containsExactly(
            "one embedding: not the same numbers as encoder.embedding.weight: " + head);
  }

  @Test
  void refusesAPackOfAnotherFile() {
    assertThatThrownBy(() -> verified(Goldens.translator(TRAINED), Goldens.pack("lingolite-tiny")))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("the pack was recorded from another source");
    assertThatThrownBy(() -> verified(Goldens.translator(TRAINED), Goldens.pack("nllb-trained")))
        .hasMessageContaining("recorded from a m2m_100, the model is a lingolite");
  }
}
