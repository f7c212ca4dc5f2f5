package bessemer.foundry.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.foundry.evaluate.Evaluation.Kind;
import bessemer.foundry.evaluate.Evaluation.Part;
import bessemer.foundry.evaluate.Evaluation.Scores;
import bessemer.foundry.score.Bleu;
import bessemer.foundry.score.Chrf;
import bessemer.foundry.score.Significance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What sacrebleu 2.6.0 prints for these lines is in the numbers.
class JudgementTest {
  private static final LanguagePair FRENCH = new LanguagePair("eng_Latn", "fra_Latn");
  private static final LanguagePair GERMAN = new LanguagePair("eng_Latn", "deu_Latn");
  private static final ParallelText TEXT =
      new ParallelText(
          "two",
          List.of(
              new Segment("two, line 1", FRENCH, "<b>", List.of("The cat sat on a mat.")),
              new Segment("two, line 2", GERMAN, "x".repeat(50), List.of("It rained all day."))));
  private static final SystemOutput SYSTEM =
      new SystemOutput(
          "new", "greedy", List.of("The cat sat on the mat.", "It rained, all day!"), 4.0);
  private static final SystemOutput OTHER =
      new SystemOutput("old & \"odd\"", "", List.of("A cat sat.", "Rain all day."), null);

  private static Scoring scoring(int samples) {
    return new Scoring(List.of(new Bleu(), new Chrf()), samples, 12345, Significance.BOOTSTRAP, 5);
  }

  private static Evaluation of(int samples, SystemOutput... systems) {
    return Judgement.of(
        TEXT, List.of(systems), scoring(samples), LearnedMetric.notInstalled("comet.onnx"));
  }

  @Test
  void scoresAreSacrebleus() {
    Evaluation evaluation = of(50, SYSTEM);
    Scores bleu = evaluation.whole().metrics().getFirst();
    assertThat(bleu.signature())
        .isEqualTo("nrefs:1|bs:50|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
    assertThat(EvaluationText.value(bleu.values().getFirst())).startsWith("33.97 ± 16.3");
    assertThat(bleu.values().getFirst().details())
        .isEqualTo("76.9/54.5/22.2/14.3 (BP = 1.000 ratio = 1.083 hyp_len = 13 ref_len = 12)");
    Scores chrf = evaluation.whole().metrics().getLast();
    assertThat(chrf.values().getFirst().score()).isCloseTo(70.01975710570622, within(1e-12));
    assertThat(evaluation.systems().getFirst().perSecond()).isEqualTo(0.5);
  }

  @Test
  void twoSystemsAreCompared() {
    Evaluation evaluation = of(50, OTHER, SYSTEM);
    List<Scores> metrics = evaluation.whole().metrics();
    assertThat(metrics.getFirst().pValue()).isCloseTo(0.2941, within(5e-5));
    assertThat(metrics.getLast().pValue()).isCloseTo(0.0196, within(5e-5));
    assertThat(metrics.getLast().isSignificant()).isTrue();
    assertThat(metrics.getLast().values().getFirst().score()).isCloseTo(38.1, within(0.05));
    Scores same = of(50, SYSTEM, SYSTEM).whole().metrics().getFirst();
    assertThat(same.pValue()).isCloseTo(1.0 / 51, within(1e-12));
    assertThat(same.isSignificant()).isFalse();
    assertThat(evaluation.losses()).isEmpty();
    assertThat(of(0, SYSTEM, OTHER).losses()).hasSize(2);
    assertThat(of(0, SYSTEM, OTHER).whole().metrics().getFirst().pValue()).isNull();
  }

  @Test
  void languagePairsAndLengthsPartTheLines() {
    Evaluation evaluation = of(0, SYSTEM);
    assertThat(parts(evaluation, Kind.PAIR))
        .containsExactly("eng_Latn-fra_Latn", "eng_Latn-deu_Latn");
    assertThat(parts(evaluation, Kind.LENGTH)).containsExactly("0 to 20", "41 to 80");
    Part french = evaluation.parts().get(1);
    assertThat(french.lines()).isEqualTo(1);
    assertThat(french.metrics().getLast().values().getFirst().score())
        .isCloseTo(71.4, within(0.05));
    assertThat(evaluation.distribution().counts().getFirst().stream().mapToInt(i -> i).sum())
        .isEqualTo(2);
    assertThat(evaluation.worst()).extracting(Evaluation.Sentence::line).containsExactly(2, 1);
  }

  private static List<String> parts(Evaluation evaluation, Kind kind) {
    return evaluation.parts().stream().filter(p -> p.kind() == kind).map(Part::name).toList();
  }

  @Test
  void theReportSurvivesItsFile() {
    Evaluation evaluation = of(20, OTHER, SYSTEM);
    String json = EvaluationFile.json(evaluation);
    assertThat(
            EvaluationFile.parse(
                json.getBytes(java.nio.charset.StandardCharsets.UTF_8), Path.of("e")))
        .isEqualTo(evaluation);
    assertThatThrownBy(() -> EvaluationFile.parse(new byte[] {'{', '}'}, Path.of("e")))
        .hasMessageContaining("is no evaluation");
    assertThat(EvaluationFile.names(evaluation))
        .containsExactly(
            "evaluation.json", "evaluation.html", "hypotheses-1.txt", "hypotheses-2.txt");
  }

  @Test
  void thePageLoadsNothingAndEscapesEverything() {
    String page = EvaluationHtml.of(of(20, OTHER, SYSTEM));
    assertThat(page)
        .contains("<svg", "&lt;b&gt;", "old &amp; &quot;odd&quot;", "eng_Latn-deu_Latn")
        .contains("comet.onnx: not installed, because there is no ONNX runtime")
        .doesNotContain("<b></b>", "old & ", "<script", "http://www.w3.org/1999")
        .doesNotContainPattern("(src|href)=");
  }

  @Test
  void theTextAlignsItsColumns() {
    assertThat(EvaluationText.of(of(0, SYSTEM)))
        .contains(
            """
                 lines  BLEU new  chrF2 new
            two      2     33.97      70.02
            """)
        .contains("new: greedy; 4.0 s, 0.50 lines a second");
  }

  @Test
  void chunksCoverAllLinesOncePairByPairLongestFirst() {
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      LanguagePair pair = i % 3 == 0 ? GERMAN : FRENCH;
      segments.add(new Segment("line " + i, pair, "x".repeat(1 + i % 4), List.of("y")));
    }
    var text = new ParallelText("ten", segments);
    List<Chunk> chunks = Chunk.of(text, 3);
    assertThat(chunks).extracting(Chunk::number).containsExactly(0, 1, 2, 3);
    assertThat(chunks)
        .extracting(Chunk::lines)
        .containsExactly(List.of(3, 6, 9), List.of(0), List.of(7, 2, 1), List.of(5, 4, 8));
    List<Translated> translated =
        chunks.stream()
            .map(c ->
                new Translated(c.lines().stream().map(String::valueOf).toList(), 0.5, "greedy"))
            .toList();
    SystemOutput output = SystemOutput.of("s", chunks, translated);
    assertThat(output.hypotheses())
        .isEqualTo(IntStream.range(0, 10).mapToObj(String::valueOf).toList());
    assertThat(output.seconds()).isEqualTo(2.0);
  }
}
