package bessemer.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// `parity.json` here was written by a real verification of a quantized model.
class ParityViewTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final ParityView report = ParityView.of(JSON.readTree(Example.resource("parity.json")));

  @Test
  void theVerdictAndTheNumbersThatMatterComeFirst() {
    assertThat(report.verdict()).isEqualTo("measured");
    assertThat(report.headline()).startsWith("MEASURED: quantized");
    assertThat(report.figures())
        .contains(
            new ParityView.Fact("predictions", "degraded"),
            new ParityView.Fact("same token", "85.7 %"),
            new ParityView.Fact("KL mean", "0.09389"));
    assertThat(report.origin().get(1).value()).contains("torch 2.15.0");
  }

  @Test
  void everyComponentHasBothErrorsAndTheShareOfItsGate() {
    ParityView.CaseView recorded = report.cases().getFirst();
    assertThat(recorded.components()).hasSize(105);
    ComponentRow norm =
        recorded.components().stream()
            .filter(c -> c.path().equals("model.layers.0.input_layernorm"))
            .findFirst()
            .orElseThrow();
    assertThat(norm.kind()).isEqualTo("norm");
    assertThat(norm.outcome()).isEqualTo("passed");
    assertThat(norm.isolated().max()).isLessThan(1e-5).isLessThan(norm.accumulated().max());
    assertThat(norm.ofGateText()).isEqualTo("< 1 %");
  }

  @Test
  void everyErrorIsDrawnInsideThePlotAndAFailedOneStandsOut() {
    for (ParityView.CaseView recorded : report.cases()) {
      for (Plot.Series series : recorded.plot().series()) {
        assertThat(series.dots())
            .isNotEmpty()
            .allSatisfy(dot -> {
              assertThat(dot.x()).isBetween((double) Plot.LEFT, (double) Plot.RIGHT);
              assertThat(dot.y()).isBetween((double) Plot.TOP, (double) Plot.BOTTOM);
              assertThat(dot.style()).isNotEqualTo("bad");
            });
      }
    }
    Plot failed =
        ErrorPlot.of(
            "c",
            java.util.List.of(
                ComponentRow.of(
                    JSON.readTree(
                        """
                        {"path": "model.layers.0.mlp", "kind": "FEED_FORWARD", "isolated": null,
                         "accumulated": {"outcome": "FAILED", "gate": 1e-5, "figures":
                           {"max_abs": "Infinity", "max_reference": 2.0, "cosine": "NaN"}}}
                        """))));
    assertThat(failed.series())
        .flatExtracting(Plot.Series::dots)
        .singleElement()
        .satisfies(dot -> assertThat(((Plot.Dot) dot).style()).isEqualTo("bad"))
        .satisfies(dot -> assertThat(((Plot.Dot) dot).y()).isEqualTo(Plot.TOP));
  }

  @Test
  void checksControlsAndProductsSayWhatCameOfThem() {
    assertThat(report.checks())
        .extracting(ParityView.Finding::name)
        .contains("cached = uncached", "output against source");
    assertThat(report.controls())
        .extracting(ParityView.Finding::outcome)
        .contains("detected", "not applicable");
    assertThat(report.passedProducts()).isEqualTo(report.products().size()).isPositive();
  }

  @Test
  void aReportWithoutAReferenceIsShownForWhatItIs() {
    ParityView unproven =
        ParityView.of(
            JSON.readTree(
                """
                {"verdict": "UNPROVEN", "headline": "UNPROVEN: not compared with PyTorch",
                 "reasons": ["no reference was given"], "model": {"name": "m"}, "reference": null,
                 "cases": [], "quality": null}
                """));
    assertThat(unproven.cases()).isEmpty();
    assertThat(unproven.reasons()).containsExactly("no reference was given");
    assertThat(unproven.origin().get(1).value()).contains("not compared");
  }
}
