package bessemer.foundry.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.foundry.score.Goldens.Case;
import bessemer.foundry.score.Significance.Comparison;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Everything that sacrebleu says of the golden corpora, said by us.
class SacrebleuTest {
  private static final Offset<Double> SAME = within(1e-9);

  static List<Case> cases() throws IOException {
    return Goldens.cases();
  }

  static List<Case> resampled() throws IOException {
    return Goldens.cases().stream().filter(c -> c.said().has("bs")).toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresACorpusAndPrintsItsLine(Case of) {
    Result result = Result.of(of.metric(), of.corpus());
    assertThat(result.score().value()).isCloseTo(of.said().get("score").asDouble(), SAME);
    assertThat(List.of(result.line(1), result.line(5)))
        .isEqualTo(Goldens.strings(of.said().get("lines")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresEveryLine(Case of) {
    List<Score> scores = of.metric().scores(of.corpus());
    JsonNode said = of.said().get("sentences");
    for (int i = 0; i < said.size(); i++) {
      Score score = scores.get(i);
      double value = said.get(i).get("score").asDouble();
      assertThat(score.value()).as("line %d", i).isCloseTo(value, SAME);
      assertThat(score.details()).as("line %d", i).isEqualTo(said.get(i).get("details").asString());
    }
  }

  @ParameterizedTest
  @MethodSource("resampled")
  void bootstrapsTheSameIntervals(Case of) {
    JsonNode said = of.said().get("confidence");
    if (said.isNull()) {
      return; // Python's mean refused a mixture of its floats and numpy's
    }
    var resampling = new Resampling(said.get("count").asInt());
    Result result = Result.of(of.metric(), of.corpus(), resampling);
    assertThat(result.line(2)).isEqualTo(said.get("line").asString());
    assertSame(result.confidence(), said.get("mean"), said.get("half"));
  }

  @ParameterizedTest
  @MethodSource("resampled")
  void testsSignificanceByBootstrap(Case of) {
    assertSame(of, Significance.BOOTSTRAP, of.said().get("bs"));
  }

  @ParameterizedTest
  @MethodSource("resampled")
  void testsSignificanceByRandomization(Case of) {
    assertSame(of, Significance.RANDOMIZATION, of.said().get("ar"));
  }

  private static void assertSame(Case of, Significance test, JsonNode said) {
    Corpus baseline = of.corpus().with(of.baseline());
    var resampling = new Resampling(said.get("count").asInt());
    Comparison found = test.compare(of.metric(), baseline, of.corpus(), resampling);
    assertThat(found.signature()).isEqualTo(said.get("signature").asString());
    assertSame(found.baseline(), said.get("baseline"));
    assertSame(found.system(), said.get("system"));
    assertThat(found.pValue()).isCloseTo(said.get("p").asDouble(), SAME);
  }

  private static void assertSame(Comparison.Side found, JsonNode said) {
    assertThat(found.score().value()).isCloseTo(said.get(0).asDouble(), SAME);
    if (said.get(1).isNull()) {
      assertThat(found.confidence()).isNull();
    } else {
      assertSame(found.confidence(), said.get(1), said.get(2));
    }
  }

  private static void assertSame(@Nullable Confidence found, JsonNode mean, JsonNode half) {
    assertThat(found).isNotNull();
    assertThat(found.mean()).isCloseTo(mean.asDouble(), SAME);
    assertThat(found.halfWidth()).isCloseTo(half.asDouble(), SAME);
  }

  @Test
  void splitsLinesIntoTheSameWords() throws IOException {
    JsonNode tokens = Goldens.read().get("tokens");
    List<String> lines = Goldens.strings(tokens.get("lines"));
    var softly = new SoftAssertions();
    for (JsonNode as : tokens.get("as")) {
      Tokenizer tokenizer = Goldens.tokenizer(as.get("tokenizer").asString());
      for (int i = 0; i < lines.size(); i++) {
        String spaced = tokenizer.spaced(PythonText.stripEnd(lines.get(i)));
        softly
            .assertThat(words(spaced))
            .as("%s of <%s>", tokenizer, lines.get(i))
            .isEqualTo(Goldens.strings(as.get("tokens").get(i)));
      }
    }
    softly.assertAll();
  }

  private static List<String> words(String spaced) {
    List<String> words = new ArrayList<>();
    var word = new StringBuilder();
    for (char c : (spaced + " ").toCharArray()) {
      if (!PythonText.isSpace(c)) {
        word.append(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    return words;
  }

  @Test
  void lowersCaseAsPythonDoes() throws IOException {
    JsonNode recorded = Goldens.read();
    assertThat(Goldens.strings(recorded.get("tokens").get("lines")).stream().map(PythonText::lower))
        .isEqualTo(Goldens.strings(recorded.get("lower")));
  }

  @Test
  void drawsWhatNumpyDraws() throws IOException {
    for (JsonNode recorded : Goldens.read().get("generator")) {
      long seed = recorded.get("seed").asLong();
      var words = new Generator(seed);
      for (JsonNode word : recorded.get("words")) {
        assertThat(Long.toUnsignedString(words.nextLong())).isEqualTo(word.asString());
      }
      var draws = new Generator(seed);
      for (JsonNode bit : recorded.get("bits")) {
        assertThat(draws.nextBoolean()).isEqualTo(bit.asInt() == 1);
      }
      int[] bounds = {1, 3, 1000, Integer.MAX_VALUE};
      for (int i = 0; i < bounds.length; i++) {
        for (JsonNode below : recorded.get("below").get(i)) {
          assertThat(draws.below(bounds[i])).isEqualTo(below.asInt());
        }
      }
    }
  }
}
