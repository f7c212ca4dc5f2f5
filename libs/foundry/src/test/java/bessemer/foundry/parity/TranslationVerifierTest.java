package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.models.LoadedTranslator;
import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The verifier on translators that make the mistakes it is there for.
final class TranslationVerifierTest {
  private static final Path MODEL = Goldens.translator("nllb-trained");
  private static final Path PACK = Goldens.pack("nllb-trained");
  private static final int OTHER_LANGUAGE = 292;

  @TempDir private Path directory;
  private final Engine engine = Goldens.engine();
  private LoadedTranslator loaded;
  private ReferencePack pack;

  @BeforeEach
  void load() throws IOException {
    loaded = LoadedTranslator.load(engine, MODEL);
    pack = ReferencePack.open(PACK);
  }

  @AfterEach
  void close() {
    engine.close();
    pack.close();
    loaded.close();
  }

  /// Passes everything on; tests override what goes wrong.
  private class Same implements TranslationModel {
    private final TranslationModel inner = loaded.model();

    @Override
    public Memory encode(Tensor tokens, int... lengths) {
      return inner.encode(tokens, lengths);
    }

    @Override
    public Tensor states(Pass pass, Memory memory) {
      return inner.states(pass, memory);
    }

    @Override
    public Tensor logits(Tensor states) {
      return inner.logits(states);
    }

    @Override
    public int vocabulary() {
      return inner.vocabulary();
    }

    @Override
    public int contextLength() {
      return inner.contextLength();
    }

    @Override
    public Marks marks() {
      return inner.marks();
    }
  }

  private ParityReport verified(TranslationModel model, Tolerances tolerances) {
    var network = new Subject.Network.Translator(model);
    var subject = new Subject("model", "m2m_100", engine, network, loaded.parameters());
    return new Verifier(subject, tolerances, _ -> {})
        .verify(pack, new Verifier.Stored(loaded.checkpoint(), Map.of(), Set.of()), null);
  }

  private ParityReport verified(TranslationModel model) {
    return verified(model, Tolerances.of(Weights.same()));
  }

  private ParityReport verifiedCopy() throws IOException {
    return new Parity("copy", directory, new Reference.Pack(PACK), null)
        .verify(Goldens::engine, _ -> {});
  }

  private static List<String> failed(ParityReport report) {
    return report.checks().stream()
        .filter(check -> check.outcome() == Outcome.FAILED)
        .map(Check::name)
        .toList();
  }

  private static Tensor replaced(Tensor tokens, int at, int token) {
    int[] changed = tokens.toInts();
    int length = Math.toIntExact(tokens.dim(1));
    for (int row = 0; row * length < changed.length; row++) {
      changed[row * length + at] = token;
    }
    return tokens.engine().of(changed, tokens.dim(0), length);
  }

  @Test
  void rejectsASourceInTheWrongLanguage() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Memory encode(Tensor tokens, int... lengths) {
                return super.encode(replaced(tokens, 0, OTHER_LANGUAGE), lengths);
              }
            });
    assertThat(report.headline())
        .startsWith("REJECTED: short: model.encoder.embed_tokens on PyTorch's input is off by");
  }

  @Test
  void rejectsATranslationIntoTheWrongLanguage() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Tensor states(Pass pass, Memory memory) {
                boolean whole = pass instanceof Pass.Fresh && pass.tokens().dim(1) > 1;
                Tensor tokens = pass.tokens();
                return super.states(
                    whole
                        ? new Pass.Fresh(replaced(tokens, 1, OTHER_LANGUAGE), pass.offsets())
                        : pass,
                    memory);
              }
            });
    assertThat(report.headline())
        .startsWith("REJECTED: short: model.decoder.embed_tokens on PyTorch's input is off by");
  }

  @Test
  void rejectsAModelThatAttendsToPadding() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Memory encode(Tensor tokens, int... lengths) {
                int[] longest = lengths.clone();
                Arrays.fill(longest, Math.toIntExact(tokens.dim(1)));
                return super.encode(tokens, longest);
              }
            });
    assertThat(report.headline())
        .startsWith("REJECTED: batch: model.encoder.layers.0.self_attn.context on PyTorch's");
    assertThat(failed(report)).containsExactly("padded sources = unpadded");
  }

  @Test
  void rejectsAModelThatCountsPaddingInPositionsAndBeginsThemTooEarly() throws IOException {
    Goldens.copyConfigured(MODEL, directory, config -> config.put("pad_token_id", 0));
    ParityReport report = verifiedCopy();
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.reasons())
        .anyMatch(r -> r.startsWith("short: model.encoder.embed_positions on PyTorch's input"))
        .anyMatch(r -> r.startsWith("short: model.decoder.embed_positions on PyTorch's input"))
        .anyMatch(r -> r.startsWith("batch: model.encoder.embed_positions on PyTorch's input"))
        .noneMatch(r -> r.contains("fc1") || r.contains("_proj on PyTorch's"));
  }

  @Test
  void rejectsAnEmbeddingWithoutItsScale() throws IOException {
    Goldens.copyConfigured(MODEL, directory, config -> config.put("scale_embedding", false));
    assertThat(verifiedCopy().headline())
        .startsWith("REJECTED: short: model.encoder.embed_tokens on PyTorch's input is off by");
  }

  @Test
  void rejectsAHeadThatIsNotTheSharedEmbedding() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Tensor logits(Tensor states) {
                return super.logits(states).times(1.001f);
              }
            });
    assertThat(report.headline())
        .startsWith("REJECTED: short: logits on PyTorch's input is off by");
  }

  @Test
  void rejectsFilesWhoseCopyOfTheEmbeddingIsAnother() throws IOException {
    Goldens.copyWithHead(MODEL, directory, head -> head[7] += 1e-3f);
    ParityReport report = verifiedCopy();
    assertThat(report.reasons())
        .containsExactly(
            "one embedding: not the same numbers as model.shared.weight: lm_head.weight");
  }

  @Test
  void takesFilesThatHoldTheSameEmbeddingTwice() throws IOException {
    Goldens.copyWithHead(MODEL, directory, _ -> {});
    assertThat(verifiedCopy().checks())
        .extracting(Check::detail)
        .contains("model.shared.weight, and 1 copies of the same numbers");
  }

  @Test
  void rejectsSwappedCrossAndSelfAttention() throws IOException {
    Goldens.copyRenamed(MODEL, directory, TranslationVerifierTest::swapped);
    ParityReport report = verifiedCopy();
    assertThat(report.headline())
        .startsWith("REJECTED: short: model.decoder.layers.1.self_attn.q_proj on PyTorch's input");
  }

  private static String swapped(String name) {
    if (!name.startsWith("model.decoder.layers.1.")) {
      return name;
    }
    return name.contains(".encoder_attn.")
        ? name.replace(".encoder_attn.", ".self_attn.")
        : name.replace(".self_attn.", ".encoder_attn.");
  }

  @Test
  void rejectsAModelWhoseCacheIsWrong() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Tensor states(Pass pass, Memory memory) {
                Tensor h = super.states(pass, memory);
                return pass instanceof Pass.Fresh ? h : h.plus(h.relu().times(0.01f));
              }
            });
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(failed(report)).contains("cached = uncached", "padded = unpadded");
  }

  @Test
  void rejectsAModelWhoseSourcesDisturbEachOther() {
    ParityReport report =
        verified(
            new Same() {
              @Override
              public Memory encode(Tensor tokens, int... lengths) {
                int[] rows = new int[lengths.length]; // all the first one's
                return super.encode(tokens, lengths).only(rows);
              }
            });
    assertThat(failed(report)).containsExactly("padded sources = unpadded");
  }

  @Test
  void aToleranceThatHidesMistakesBreaksTheVerifier() {
    ParityReport report = verified(loaded.model(), Tolerances.all(Weights.same(), 1e6, "test"));
    assertThat(report.verdict()).isEqualTo(Verdict.VERIFIER_BROKEN);
    assertThat(report.controls())
        .filteredOn(control -> control.finding() == Finding.DETECTED)
        .extracting(Control::name)
        .allMatch(name -> name.startsWith("perturbed weight"));
    assertThat(report.controls())
        .filteredOn(control -> control.finding() == Finding.UNDETECTED)
        .hasSize(18);
  }

  @Test
  void everyMistakeIsUndone() {
    float[][] before =
        loaded.parameters().stream().map(p -> p.value().toFloats()).toArray(float[][]::new);
    assertThat(verified(loaded.model()).verdict()).isEqualTo(Verdict.PROVED);
    for (int i = 0; i < before.length; i++) {
      Parameter parameter = loaded.parameters().get(i);
      assertThat(parameter.value().toFloats()).as(parameter.path()).isEqualTo(before[i]);
    }
  }
}
