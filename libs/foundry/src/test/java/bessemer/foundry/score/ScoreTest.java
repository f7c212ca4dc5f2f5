package bessemer.foundry.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.foundry.score.Significance.Comparison;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What holds whatever sacrebleu says.
class ScoreTest {
  private static final List<Metric> METRICS = List.of(new Bleu(), new Chrf(), Chrf.plusPlus());

  /// Lines of words a to z; some words are changed, the more the higher `noise` is.
  private static List<String> lines(int count, double noise, long seed) {
    var truth = new Random(1);
    var random = new Random(seed);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var line = new StringBuilder();
      for (int j = 0; j < 12; j++) {
        int word = truth.nextInt(26);
        word = random.nextDouble() < noise ? random.nextInt(26) : word;
        line.append(Character.toString('a' + word).repeat(3)).append(' ');
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static Corpus corpus(int count, double noise, long seed) {
    return Corpus.of(lines(count, noise, seed), List.of(lines(count, 0, 0)));
  }

  @Test
  void whatEqualsItsReferenceScoresAHundred() {
    Corpus same = corpus(500, 0, 0);
    for (Metric metric : METRICS) {
      assertThat(metric.score(same).value()).isCloseTo(100, within(1e-12));
    }
  }

  @Test
  void countsWhatANaiveCountCounts() {
    var random = new Random(7);
    for (int run = 0; run < 300; run++) {
      int[] hypothesis = random.ints(random.nextInt(40), 0, 4).toArray();
      List<int[]> references = new ArrayList<>();
      for (int i = 0; i <= run % 3; i++) {
        references.add(random.ints(random.nextInt(40), 0, 4).toArray());
      }
      int[] matches = new Grams().matches(hypothesis, references, 5);
      for (int n = 1; n <= 5; n++) {
        assertThat(matches[n - 1]).isEqualTo(naive(hypothesis, references, n));
      }
    }
  }

  private static int naive(int[] hypothesis, List<int[]> references, int n) {
    Map<List<Integer>, Integer> most = new HashMap<>();
    for (int[] reference : references) {
      count(reference, n).forEach((gram, count) -> most.merge(gram, count, Math::max));
    }
    int matches = 0;
    for (Map.Entry<List<Integer>, Integer> gram : count(hypothesis, n).entrySet()) {
      matches += Math.min(gram.getValue(), most.getOrDefault(gram.getKey(), 0));
    }
    return matches;
  }

  private static Map<List<Integer>, Integer> count(int[] line, int n) {
    Map<List<Integer>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= line.length; i++) {
      List<Integer> gram = new ArrayList<>();
      for (int j = 0; j < n; j++) {
        gram.add(line[i + j]);
      }
      counts.merge(gram, 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void aTrieThatIsReusedForgets() {
    var trie = new Trie();
    for (int line = 0; line < 50; line++) {
      trie.clear();
      for (int unit = 0; unit < 5000; unit++) {
        assertThat(trie.find(Trie.ROOT, unit)).isEqualTo(Trie.NONE);
        assertThat(trie.add(Trie.ROOT, unit)).isEqualTo(unit + 1).isEqualTo(trie.size());
        assertThat(trie.add(Trie.ROOT, unit)).isEqualTo(unit + 1);
      }
    }
  }

  @Test
  void wordsAreNumberedAnewForEveryLine() {
    var words = new Words();
    for (int count : new int[] {40_000, 3, 40_000, 700}) {
      words.clear();
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count; i++) {
          String text = "<" + i + ">";
          assertThat(words.number(text, 1, text.length() - 1)).isEqualTo(i + 1);
        }
      }
    }
  }

  @Test
  void aWorseSystemIsSignificantlyWorseAndAnEqualOneIsNot() {
    Corpus good = corpus(200, 0.2, 2);
    Corpus bad = corpus(200, 0.5, 3);
    for (Significance test : Significance.values()) {
      for (Metric metric : METRICS) {
        var resampling = new Resampling(200, 9);
        Comparison different = test.compare(metric, bad, good, resampling);
        assertThat(different.pValue()).isEqualTo(1 / 201.0);
        Comparison same = test.compare(metric, corpus(200, 0.2, 4), good, resampling);
        assertThat(same.pValue()).isGreaterThan(0.05);
      }
    }
  }

  @Test
  void anIntervalHoldsTheScoreAndDependsOnTheSeed() {
    Corpus corpus = corpus(100, 0.3, 5);
    for (Metric metric : METRICS) {
      Confidence first = interval(metric, corpus, 1);
      assertThat(Math.abs(metric.score(corpus).value() - first.mean()))
          .isLessThan(first.halfWidth());
      assertThat(interval(metric, corpus, 1)).isEqualTo(first);
      assertThat(interval(metric, corpus, 2)).isNotEqualTo(first);
    }
  }

  private static Confidence interval(Metric metric, Corpus corpus, long seed) {
    Result result = Result.of(metric, corpus, new Resampling(300, seed));
    assertThat(result.signature()).contains("|bs:300|seed:" + seed + "|");
    assertThat(result.confidence()).isNotNull();
    return result.confidence();
  }

  @Test
  void roundsExponentialsAndLogarithmsFromTheExactValue() {
    var random = new Random(3);
    for (int i = 0; i < 300; i++) {
      double x = random.nextDouble(-30, 30);
      double power = Rounded.exp(x);
      assertThat(power).isEqualTo(exp(new BigDecimal(x)).doubleValue());
      double log = Rounded.log(power);
      var half = new BigDecimal(Math.ulp(log) / 2);
      assertThat(new BigDecimal(power))
          .isBetween(exp(new BigDecimal(log).subtract(half)), exp(new BigDecimal(log).add(half)));
    }
    assertThat(Rounded.exp(0)).isEqualTo(1);
    assertThat(Rounded.log(1)).isEqualTo(0);
    assertThat(Rounded.exp(-1e10)).isEqualTo(0);
  }

  /// To 60 digits, by its series.
  private static BigDecimal exp(BigDecimal x) {
    var precision = new MathContext(60);
    BigDecimal part = x.divide(BigDecimal.valueOf(1024), precision);
    BigDecimal sum = BigDecimal.ONE;
    for (int n = 40; n >= 1; n--) {
      BigDecimal term = part.multiply(sum).divide(BigDecimal.valueOf(n), precision);
      sum = term.add(BigDecimal.ONE, precision);
    }
    return sum.pow(1024, precision);
  }

  @Test
  void writesDecimalsFromTheExactValue() {
    assertThat(Numbers.fixed(0.25, 1)).isEqualTo("0.2");
    assertThat(Numbers.fixed(2.675, 2)).isEqualTo("2.67");
    assertThat(Numbers.fixed(0.05, 1)).isEqualTo("0.1");
    assertThat(new BigDecimal(0.05)).isGreaterThan(new BigDecimal("0.05"));
  }

  @Test
  void saysWhichLineHasNoReference() {
    List<List<String>> references = new ArrayList<>();
    references.add(java.util.Arrays.asList("a", null));
    assertThatThrownBy(() -> Corpus.of(List.of("x", "y"), references))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("line 2 has no reference");
    assertThatThrownBy(() -> Corpus.of(List.of("x", "y"), List.of(List.of("a"))))
        .hasMessage("2 lines of hypotheses, 1 of a reference");
  }
}
