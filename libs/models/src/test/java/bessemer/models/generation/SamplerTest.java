package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final int DRAWS = 20_000;

  /// Chances 0.4, 0.3, 0.15, 0.1, 0.05, not in order.
  private static final double[] CHANCES = {0.1, 0.4, 0.05, 0.3, 0.15};

  private static float[] logits() {
    float[] logits = new float[CHANCES.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(CHANCES[i]) + 3;
    }
    return logits;
  }

  private static int[] counts(Sampling sampling) {
    var sampler = new Sampler(sampling, CHANCES.length);
    int[] counts = new int[CHANCES.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.next(logits())]++;
    }
    return counts;
  }

  /// Within five standard deviations of the binomial distribution, and exactly 0 where impossible.
  private static void assertFrequencies(Sampling sampling, double... weights) {
    double sum = Arrays.stream(weights).sum();
    int[] counts = counts(sampling);
    for (int i = 0; i < weights.length; i++) {
      double p = weights[i] / sum;
      double allowed = 5 * Math.sqrt(DRAWS * p * (1 - p));
      assertThat(Math.abs(counts[i] - DRAWS * p)).as("token " + i).isLessThanOrEqualTo(allowed);
    }
  }

  @Test
  void withoutFiltersFrequenciesAreThoseOfTheModel() {
    assertFrequencies(Sampling.at(1, 3), CHANCES);
  }

  @ParameterizedTest
  @ValueSource(floats = {0.5f, 0.8f, 2})
  void temperatureRaisesChancesToItsInverse(float temperature) {
    double[] weights = Arrays.stream(CHANCES).map(p -> Math.pow(p, 1 / temperature)).toArray();
    assertFrequencies(Sampling.at(temperature, 4), weights);
  }

  @Test
  void theLowestTemperaturesTakeTheMostLikely() {
    for (float temperature : new float[] {1e-10f, 1e-38f, Float.MIN_VALUE}) {
      assertFrequencies(Sampling.at(temperature, 5), 0, 1, 0, 0, 0);
      assertFrequencies(new Sampling(1, temperature, 3, .9f, .1f, 5), 0, 1, 0, 0, 0);
    }
  }

  @Test
  void topKKeepsTheKMostLikely() {
    assertFrequencies(new Sampling(1, 1, 2, 1, 0, 5), 0, 0.4, 0, 0.3, 0);
    assertFrequencies(new Sampling(1, 1, 9, 1, 0, 5), CHANCES);
  }

  @Test
  void topPKeepsTheFewestThatReachIt() {
    assertFrequencies(new Sampling(1, 1, 0, 0.69f, 0, 6), 0, 0.4, 0, 0.3, 0);
    assertFrequencies(new Sampling(1, 1, 0, 0.71f, 0, 6), 0, 0.4, 0, 0.3, 0.15);
    assertFrequencies(new Sampling(1, 1, 0, 0.01f, 0, 6), 0, 0.4, 0, 0, 0);
  }

  @Test
  void topPCountsWhatTopKLeft() { // 0.4 and 0.3 are 0.571 and 0.429 of their sum
    assertFrequencies(new Sampling(1, 1, 2, 0.56f, 0, 7), 0, 0.4, 0, 0, 0);
    assertFrequencies(new Sampling(1, 1, 2, 0.58f, 0, 7), 0, 0.4, 0, 0.3, 0);
  }

  @Test
  void minPDropsWhatIsUnlikelyBesideTheMostLikely() {
    assertFrequencies(new Sampling(1, 1, 0, 1, 0.3f, 8), 0, 0.4, 0, 0.3, 0.15);
    assertFrequencies(new Sampling(1, 1, 0, 1, 0.2f, 8), 0.1, 0.4, 0, 0.3, 0.15);
    assertFrequencies(new Sampling(1, 1, 0, 1, 1, 8), 0, 0.4, 0, 0, 0);
  }

  @Test
  void temperatureComesBeforeTopP() { // at temperature 0.5 the first is 0.5161 of all
    assertFrequencies(new Sampling(1, 0.5f, 0, 0.51f, 0, 9), 0, 0.4, 0, 0, 0);
  }

  @Test
  void thePenaltyDividesPositiveLogitsAndMultipliesNegativeOnes() {
    var sampler = new Sampler(new Sampling(2, 0, 0, 1, 0, 0), 4);
    assertThat(sampler.next(new float[] {5, 4, -1, 3})).isEqualTo(0);
    sampler.see(0);
    sampler.see(2);
    float[] logits = {5, 4, -1, 3};
    assertThat(sampler.next(logits)).isEqualTo(1);
    assertThat(logits).containsExactly(2.5f, 4, -2, 3);
  }

  @Test
  void equalLogitsGoToTheLowerToken() {
    float[] logits = {1, 3, 3, 0};
    assertThat(new Sampler(Sampling.greedy(), 4).next(logits.clone())).isEqualTo(1);
    assertThat(new Sampler(new Sampling(1, 1, 1, 1, 0, 0), 4).next(logits.clone())).isEqualTo(1);
  }

  @Test
  void aSeedDrawsTheSameTokensAndAnotherSeedOthers() {
    assertThat(draws(1)).isEqualTo(draws(1)).isNotEqualTo(draws(2)).isNotEqualTo(draws(-1));
  }

  private static int[] draws(long seed) {
    var sampler = new Sampler(Sampling.at(1, seed), CHANCES.length);
    return IntStream.range(0, 60).map(_ -> sampler.next(logits())).toArray();
  }

  /// Candidates of a large vocabulary against sorting all of it.
  @Test
  void filtersOfALargeVocabularyKeepWhatASortKeeps() {
    var random = new Random(11);
    float[] logits = new float[5_000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    int[] kept = naive(logits, 700, 0.8, 0.02);
    var sampler = new Sampler(new Sampling(1, 1, 700, 0.8f, 0.02f, 12), logits.length);
    int[] drawn =
        IntStream.range(0, 4_000).map(_ -> sampler.next(logits.clone())).distinct().toArray();
    assertThat(kept).hasSizeGreaterThan(20).contains(drawn);
    assertThat(drawn).hasSizeGreaterThan(kept.length * 9 / 10);
  }

  private static int[] naive(float[] logits, int k, double topP, double minP) {
    int[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
            .mapToInt(Integer::intValue)
            .limit(k)
            .toArray();
    double sum = Arrays.stream(order).mapToDouble(i -> Math.exp(logits[i])).sum();
    double reached = 0;
    int count = 0;
    while (reached < topP) {
      reached += Math.exp(logits[order[count++]]) / sum;
    }
    double least = minP * Math.exp(logits[order[0]]);
    return Arrays.stream(order, 0, count).filter(i -> Math.exp(logits[i]) >= least).toArray();
  }

  @Test
  void refusesLogitsThatAreNoNumbers() {
    var sampler = new Sampler(Sampling.at(1, 0), 3);
    assertThatThrownBy(() -> sampler.next(new float[] {0, Float.NaN, 1}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the logit of token 1 is NaN");
  }

  @Test
  void refusesSettingsThatMeanNothing() {
    assertThatThrownBy(() -> new Sampling(1, -1, 0, 1, 0, 0))
        .hasMessage("temperature is -1.0, must be 0 or above");
    assertThatThrownBy(() -> new Sampling(1, 1, 0, 0, 0, 0)).hasMessageContaining("top-p");
    assertThatThrownBy(() -> new Sampling(1, 1, -2, 1, 0, 0)).hasMessageContaining("top-k");
    assertThatThrownBy(() -> new Sampling(1, 1, 0, 1, 1.5f, 0)).hasMessageContaining("min-p");
    assertThatThrownBy(() -> new Sampling(0, 1, 0, 1, 0, 0)).hasMessageContaining("repetition");
    assertThatThrownBy(() -> Sampling.at(Float.NaN, 0)).hasMessageContaining("temperature");
  }
}
