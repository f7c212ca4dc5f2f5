package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.parity.Figures.Worst;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ParityReport.Finding;
import bessemer.foundry.parity.ParityReport.Machine;
import bessemer.foundry.parity.ParityReport.Measured;
import bessemer.foundry.parity.ParityReport.Model;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ParityReport.OutputCheck;
import bessemer.foundry.parity.ParityReport.Quality;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  @TempDir private Path directory;

  record Details(int tensors, double relativeRmse) {}

  private static Measured measured(double error) {
    var worst = new Worst(List.of(0L, 1L), 1.5 + error, 1.5);
    var figures = new Figures(4, error, error / 2, error, error, error, 1, 2, worst, 0);
    return new Measured(figures, Outcome.PASSED, 1e-5, true);
  }

  /// @param text goes wherever a text can come from outside
  private static ParityReport report(String text) {
    String path = "model.layers.0" + (text.isEmpty() ? "" : "." + text);
    var component = new ComponentReport(path, Kind.BLOCK, measured(2.5e-7), measured(5e-7));
    var predictions = new LogitFigures(2, 1, 0.9, 1e-9, 2e-9);
    var logits = new ComponentReport("logits", Kind.LOGITS, measured(1e-7), measured(1e-6));
    var one =
        new CaseReport(
            "short" + text,
            1,
            2,
            List.of(),
            List.of(),
            List.of(),
            logits,
            predictions,
            List.of(component));
    var tolerances = new LinkedHashMap<String, Tolerance>();
    tolerances.put("component", new Tolerance(1e-5, 1e-5, "measured"));
    return new ParityReport(
        ParityReport.FORMAT,
        ParityReport.VERSION,
        Verdict.PROVED,
        "PROVED: " + text,
        List.of(),
        new Model("tiny" + text, "llama", "the same numbers"),
        new ParityReport.Reference(
            "pack" + text, Map.of("torch", "2.0" + text), "llama", Map.of("a" + text, "00")),
        new Machine("25", "Linux amd64", 2, "cpu" + text),
        tolerances,
        List.of(one),
        new Quality("identical", 1e-12, predictions, 4.5, Double.NaN),
        List.of(new Check("cached = uncached", Outcome.PASSED, "equal" + text)),
        List.of(
            new Control("missing bias", Finding.NOT_APPLICABLE, "not applicable, because" + text)),
        List.of(),
        OutputCheck.passed("12 tensors" + text, new Details(12, 1e-3)),
        1.5);
  }

  @Test
  void jsonKeepsItsFieldsAndTheirOrder() {
    assertThat(ReportFile.json(report("")))
        .isEqualToIgnoringNewLines(
            """
            {
              "format" : "bessemer-parity",
              "version" : 1,
              "verdict" : "PROVED",
              "headline" : "PROVED: ",
              "reasons" : [ ],
              "model" : {
                "name" : "tiny",
                "architecture" : "llama",
                "weights" : "the same numbers"
              },
              "reference" : {
                "pack" : "pack",
                "recorded_with" : {
                  "torch" : "2.0"
                },
                "model_type" : "llama",
                "files" : {
                  "a" : "00"
                }
              },
              "machine" : {
                "java" : "25",
                "os" : "Linux amd64",
                "processors" : 2,
                "backend" : "cpu"
              },
              "tolerances" : {
                "component" : {
                  "gate" : 1.0E-5,
                  "aim" : 1.0E-5,
                  "origin" : "measured"
                }
              },
              "cases" : [ {
                "name" : "short",
                "rows" : 1,
                "length" : 2,
                "sources" : [ ],
                "positions" : [ ],
                "problems" : [ ],
                "logits" : {
                  "path" : "logits",
                  "kind" : "LOGITS",
                  "isolated" : {
                    "figures" : {
                      "elements" : 4,
                      "max_abs" : 1.0E-7,
                      "mean_abs" : 5.0E-8,
                      "max_relative" : 1.0E-7,
                      "rmse" : 1.0E-7,
                      "nmse" : 1.0E-7,
                      "cosine" : 1.0,
                      "max_reference" : 2.0,
                      "worst" : {
                        "index" : [ 0, 1 ],
                        "ours" : 1.5000001,
                        "reference" : 1.5
                      },
                      "non_finite" : 0
                    },
                    "outcome" : "PASSED",
                    "gate" : 1.0E-5,
                    "aim" : true
                  },
                  "accumulated" : {
                    "figures" : {
                      "elements" : 4,
                      "max_abs" : 1.0E-6,
                      "mean_abs" : 5.0E-7,
                      "max_relative" : 1.0E-6,
                      "rmse" : 1.0E-6,
                      "nmse" : 1.0E-6,
                      "cosine" : 1.0,
                      "max_reference" : 2.0,
                      "worst" : {
                        "index" : [ 0, 1 ],
                        "ours" : 1.500001,
                        "reference" : 1.5
                      },
                      "non_finite" : 0
                    },
                    "outcome" : "PASSED",
                    "gate" : 1.0E-5,
                    "aim" : true
                  }
                },
                "predictions" : {
                  "rows" : 2,
                  "argmax_agreement" : 1.0,
                  "top_overlap" : 0.9,
                  "kl_mean" : 1.0E-9,
                  "kl_max" : 2.0E-9
                },
                "components" : [ {
                  "path" : "model.layers.0",
                  "kind" : "BLOCK",
                  "isolated" : {
                    "figures" : {
                      "elements" : 4,
                      "max_abs" : 2.5E-7,
                      "mean_abs" : 1.25E-7,
                      "max_relative" : 2.5E-7,
                      "rmse" : 2.5E-7,
                      "nmse" : 2.5E-7,
                      "cosine" : 1.0,
                      "max_reference" : 2.0,
                      "worst" : {
                        "index" : [ 0, 1 ],
                        "ours" : 1.50000025,
                        "reference" : 1.5
                      },
                      "non_finite" : 0
                    },
                    "outcome" : "PASSED",
                    "gate" : 1.0E-5,
                    "aim" : true
                  },
                  "accumulated" : {
                    "figures" : {
                      "elements" : 4,
                      "max_abs" : 5.0E-7,
                      "mean_abs" : 2.5E-7,
                      "max_relative" : 5.0E-7,
                      "rmse" : 5.0E-7,
                      "nmse" : 5.0E-7,
                      "cosine" : 1.0,
                      "max_reference" : 2.0,
                      "worst" : {
                        "index" : [ 0, 1 ],
                        "ours" : 1.5000005,
                        "reference" : 1.5
                      },
                      "non_finite" : 0
                    },
                    "outcome" : "PASSED",
                    "gate" : 1.0E-5,
                    "aim" : true
                  }
                } ]
              } ],
              "quality" : {
                "category" : "identical",
                "nmse" : 1.0E-12,
                "predictions" : {
                  "rows" : 2,
                  "argmax_agreement" : 1.0,
                  "top_overlap" : 0.9,
                  "kl_mean" : 1.0E-9,
                  "kl_max" : 2.0E-9
                },
                "cross_entropy" : 4.5,
                "cross_entropy_reference" : "NaN"
              },
              "checks" : [ {
                "name" : "cached = uncached",
                "outcome" : "PASSED",
                "detail" : "equal"
              } ],
              "controls" : [ {
                "name" : "missing bias",
                "finding" : "NOT_APPLICABLE",
                "detail" : "not applicable, because"
              } ],
              "execution" : [ ],
              "output_check" : {
                "passed" : true,
                "summary" : "12 tensors",
                "details" : {
                  "tensors" : 12,
                  "relative_rmse" : 0.001
                }
              },
              "duration_seconds" : 1.5
            }
            """);
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    ParityReport report = report("");
    ReportFile.write(report, directory);
    assertThat(ReportFile.read(directory.resolve(ReportFile.JSON))).isEqualTo(report);
    Path other = Files.writeString(directory.resolve("other.json"), "{\"format\": \"x\"}");
    assertThatThrownBy(() -> ReportFile.read(other))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("other.json: ");
  }

  @Test
  void reportsOfBeforeThereWereTranslatorsAreRead() throws IOException {
    String json = ReportFile.json(report("")).replace("\"sources\" : [ ],", "");
    Path old = Files.writeString(directory.resolve("old.json"), json);
    assertThat(ReportFile.read(old)).isEqualTo(report(""));
  }

  @Test
  void thePageEscapesEveryTextAndLoadsNothing() {
    String page = HtmlReport.of(report("<img src=x onerror='alert(1)'>&\""));
    assertThat(page)
        .contains("tiny&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;")
        .doesNotContain("<img", "http:", "https:", "src=\"", "href=", "@import")
        .contains("<svg", "prefers-color-scheme", "Negative controls");
  }

  @Test
  void theTextFitsAHundredColumns() throws IOException {
    Path golden = Goldens.directory("qwen3");
    ParityReport real =
        new Parity(
                "golden",
                golden,
                new Reference.Pack(golden),
                OutputCheck.passed("all equal", new Details(1, 0)))
            .verify(Goldens::engine, _ -> {});
    String text = TextReport.of(real);
    assertThat(text.lines()).allMatch(line -> line.length() <= 100);
    assertThat(text)
        .startsWith("PROVED: computes what PyTorch computes; ")
        .contains("closest to its gate: ", "logits  ", "  norm  ", "recorded with")
        .contains(
            "control    swapped q and k: detected, ", "output     against source: passed, all")
        .doesNotContain("\u001b");
    String wrapped = TextReport.of(report(" " + "long words ".repeat(30) + "x".repeat(250)));
    assertThat(wrapped.lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void theSameModelGivesTheSameReport() throws IOException {
    Path golden = Goldens.directory("llama-tied");
    var parity = new Parity("golden", golden, new Reference.Pack(golden), null);
    ParityReport first = parity.verify(Goldens::engine, _ -> {});
    ParityReport second = parity.verify(Goldens::engine, _ -> {});
    assertThat(ReportFile.json(second.lasting(0))).isEqualTo(ReportFile.json(first.lasting(0)));
  }
}
