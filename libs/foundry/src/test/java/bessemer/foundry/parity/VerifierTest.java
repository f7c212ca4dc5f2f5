package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.checkpoint.Checkpoint;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.Subject.Network;
import bessemer.foundry.parity.Weights.Rounding;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The verifier on models that misbehave, and on tolerances that make no sense.
final class VerifierTest {
  private final Engine engine = Goldens.engine();
  private LoadedModel model;
  private ReferencePack pack;

  @BeforeEach
  void load() throws IOException {
    model = LoadedModel.load(engine, Goldens.directory("llama-biases"));
    pack = ReferencePack.open(Goldens.directory("llama-biases"));
  }

  @AfterEach
  void close() {
    engine.close();
    pack.close();
    model.close();
  }

  private ParityReport verified(BiFunction<Pass, Want, Tensor> forward, Tolerances tolerances) {
    var subject =
        new Subject("model", "llama", engine, new Network.Decoder(forward), model.parameters());
    Checkpoint files = model.checkpoint();
    return new Verifier(subject, tolerances, _ -> {})
        .verify(pack, new Verifier.Stored(files, Map.of(), Set.of()), null);
  }

  private ParityReport verified(BiFunction<Pass, Want, Tensor> forward) {
    return verified(forward, Tolerances.of(Weights.same()));
  }

  @Test
  void aToleranceThatHidesDefectsBreaksTheVerifier() {
    var senseless = Tolerances.all(Weights.same(), 1e6, "test");
    ParityReport report = verified(model.model()::forward, senseless);
    assertThat(report.verdict()).isEqualTo(Verdict.VERIFIER_BROKEN);
    assertThat(report.verdict().isFailure()).isTrue();
    assertThat(report.headline())
        .startsWith("VERIFIER BROKEN: ")
        .contains("was not detected", "and 3 more");
    assertThat(report.controls())
        .filteredOn(control -> control.finding() == Finding.UNDETECTED)
        .extracting(Control::name)
        .containsExactly(
            "transposed matrix", "swapped q and k", "missing bias", "shifted position");
  }

  @Test
  void everyDefectIsDetectedAndThenUndone() {
    float[][] before =
        model.parameters().stream().map(p -> p.value().toFloats()).toArray(float[][]::new);
    ParityReport report = verified(model.model()::forward);
    assertThat(report.controls())
        .hasSize(5)
        .allMatch(control -> control.finding() == Finding.DETECTED);
    for (int i = 0; i < before.length; i++) {
      Parameter parameter = model.parameters().get(i);
      assertThat(parameter.value().toFloats()).as(parameter.path()).isEqualTo(before[i]);
    }
  }

  @Test
  void aPerturbationIsJustBeyondTheGateNotFarBeyond() {
    assertThat(verified(model.model()::forward).controls().getFirst().detail())
        .containsPattern("q_proj [78]\\.\\d x its gate");
  }

  @Test
  void rejectsAModelWhoseCacheIsWrong() {
    ParityReport report =
        verified((pass, want) -> {
          Tensor logits = model.model().forward(pass, want);
          return pass instanceof Pass.Fresh ? logits : logits.plus(0.01f);
        });
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.checks())
        .filteredOn(check -> check.outcome() == Outcome.FAILED)
        .extracting(Check::name)
        .containsExactly("cached = uncached", "padded = unpadded");
  }

  @Test
  void rejectsAModelWhoseRowsDisturbEachOther() {
    ParityReport report =
        verified((pass, want) -> {
          Tensor logits = model.model().forward(pass, want);
          boolean many = pass instanceof Pass.Fresh && logits.dim(0) > 1;
          return many ? logits.plus(logits.slice(0, 0, 1).times(0.01f)) : logits;
        });
    assertThat(report.reasons()).anyMatch(reason -> reason.startsWith("batch = single: max|diff"));
  }

  @Test
  void rejectsAModelThatGoesOnWithOtherTokens() {
    ParityReport report =
        verified((pass, want) -> {
          Tensor logits = model.model().forward(pass, want);
          return want == Want.LAST ? logits.times(-1) : logits;
        });
    assertThat(report.checks())
        .filteredOn(check -> check.name().equals("greedy = PyTorch's"))
        .allSatisfy(check -> {
          assertThat(check.outcome()).isEqualTo(Outcome.FAILED);
          assertThat(check.detail()).startsWith("token 1 of 12 is ").contains(", PyTorch's ");
        });
  }

  @Test
  void rejectsAQuantizedModelThatRunsWithOtherNumbersThanItsFiles(@TempDir Path directory)
      throws IOException {
    Goldens.copyQuantized(Goldens.directory("llama-tied"), directory);
    try (Engine other = Goldens.engine();
        LoadedModel quantized = LoadedModel.load(other, directory)) {
      Parameter biases =
          quantized.parameters().stream()
              .filter(p -> p.path().equals("model.layers.1.self_attn.o_proj.biases"))
              .findFirst()
              .orElseThrow();
      float[] values = biases.value().toFloats();
      values[7] += 0.01f;
      try (Scope _ = other.scope()) {
        biases.set(other.of(values, biases.shape()));
      }
      var subject =
          new Subject(
              "model",
              "llama",
              other,
              new Network.Decoder(quantized.model()::forward),
              quantized.parameters());
      var quantizations = Quantizations.of(quantized.config(), quantized.checkpoint());
      ParityReport report =
          new Verifier(subject, Tolerances.of(new Weights(Rounding.NONE, true)), _ -> {})
              .withoutReference(
                  "test",
                  new Verifier.Stored(quantized.checkpoint(), quantizations, Set.of()),
                  null);
      assertThat(report.headline())
          .startsWith("REJECTED: model.layers.1.self_attn.o_proj: the quantized product is off by");
      assertThat(report.reasons()).hasSize(1);
    }
  }

  @Test
  void aModelThatShowsNothingIsRejected() {
    ParityReport report =
        verified((pass, want) -> {
          try (Trace _ = engine.trace((_, value) -> value)) { // hides all from the one outside
            return model.model().forward(pass, want);
          }
        });
    assertThat(report.verdict()).isEqualTo(Verdict.REJECTED);
    assertThat(report.cases().getFirst().problems())
        .hasSize(36)
        .first()
        .isEqualTo("model.embed_tokens: the model reports no such component");
  }
}
