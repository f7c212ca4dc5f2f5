package bessemer.foundry.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bessemer.foundry.parity.Figures.Worst;
import bessemer.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
  private static Figures compared(float[] ours, float[] reference, long... dims) {
    return Comparison.of(
        MemorySegment.ofArray(ours), MemorySegment.ofArray(reference), Shape.of(dims));
  }

  @Test
  void isWhatAHandComputes() {
    Figures figures =
        compared(new float[] {1, 2, 3, 0.5f, 5, 8}, new float[] {1, 2, 2, 0, 5, 10}, 1, 2, 3);
    assertThat(figures.elements()).isEqualTo(6);
    assertThat(figures.maxAbs()).isEqualTo(2);
    assertThat(figures.meanAbs()).isEqualTo(3.5 / 6, within(1e-15));
    assertThat(figures.maxRelative()).isEqualTo(0.5 / 0.01, within(1e-12)); // floor 10 / 1000
    assertThat(figures.rmse()).isEqualTo(Math.sqrt(5.25 / 6), within(1e-15));
    assertThat(figures.nmse()).isEqualTo(5.25 / 134, within(1e-15));
    assertThat(figures.cosine()).isEqualTo(116 / Math.sqrt(103.25 * 134), within(1e-15));
    assertThat(figures.maxReference()).isEqualTo(10);
    assertThat(figures.worst()).isEqualTo(new Worst(List.of(0L, 1L, 2L), 8, 10));
    assertThat(figures.scaledError()).isEqualTo(0.2);
  }

  @Test
  void equalValuesHaveNoError() {
    Figures figures = compared(new float[] {0, 0}, new float[] {0, 0}, 2);
    assertThat(figures.maxAbs()).isZero();
    assertThat(figures.nmse()).isZero();
    assertThat(figures.cosine()).isOne();
    assertThat(new Tolerance(1e-5, 1e-6, "test").reachesAim(figures)).isTrue();
  }

  @Test
  void smallValuesAreGatedByOneAndLargeOnesByThemselves() {
    var tolerance = new Tolerance(1e-3, 1e-3, "test");
    assertThat(tolerance.passes(compared(new float[] {9e-4f}, new float[] {0}, 1))).isTrue();
    assertThat(tolerance.passes(compared(new float[] {1.1e-3f}, new float[] {0}, 1))).isFalse();
    assertThat(tolerance.passes(compared(new float[] {1000.9f}, new float[] {1000}, 1))).isTrue();
    assertThat(tolerance.passes(compared(new float[] {1001.1f}, new float[] {1000}, 1))).isFalse();
  }

  @Test
  void valuesThatAreNoNumbersNeverPass() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Figures ours = compared(new float[] {5, bad, bad}, new float[] {1, 2, 3}, 3);
      assertThat(ours.maxAbs()).isInfinite();
      assertThat(ours.nonFinite()).isEqualTo(2);
      assertThat(ours.worst().index()).containsExactly(1L);
      assertThat(new Tolerance(1e9, 1e9, "test").passes(ours)).isFalse();
      Figures both = compared(new float[] {bad}, new float[] {bad}, 1);
      assertThat(new Tolerance(1e9, 1e9, "test").passes(both)).isFalse();
    }
  }

  @Test
  void refusesSidesOfAnotherSize() {
    assertThatThrownBy(() -> compared(new float[2], new float[3], 3))
        .hasMessage("[3] takes 12 bytes and at least one element, got 8 and 12");
  }

  @Test
  void predictionsAreWhatAHandComputes() {
    float[] ours = {0, (float) Math.log(3), 5, 1};
    float[] reference = {0, 0, 5, 1};
    var figures = LogitFigures.of(MemorySegment.ofArray(ours), MemorySegment.ofArray(reference), 2);
    assertThat(figures.rows()).isEqualTo(2);
    assertThat(figures.argmaxAgreement()).isEqualTo(0.5); // equal ones: the first counts
    assertThat(figures.topOverlap()).isOne();
    double kl = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);
    assertThat(figures.klMax()).isEqualTo(kl, within(1e-7));
    assertThat(figures.klMean()).isEqualTo(kl / 2, within(1e-7));
  }

  @Test
  void theTopTenAreThoseOfASort() {
    var random = new Random(5);
    for (int round = 0; round < 50; round++) {
      double[] values = random.ints(40, 0, 12).asDoubleStream().toArray(); // with many equals
      List<Integer> expected =
          java.util.stream.IntStream.range(0, 40)
              .boxed()
              .sorted((a, b) -> Double.compare(values[b], values[a]))
              .limit(10)
              .toList();
      assertThat(LogitFigures.top(values)).containsExactly(expected.toArray(Integer[]::new));
    }
  }

  @Test
  void kindsAreToldFromPaths() {
    assertThat(Kind.of("model.embed_tokens")).isEqualTo(Kind.EMBEDDING);
    assertThat(Kind.of("model.norm")).isEqualTo(Kind.NORM);
    assertThat(Kind.of("model.layers.11.post_attention_layernorm")).isEqualTo(Kind.NORM);
    assertThat(Kind.of("model.layers.0.self_attn.q_norm")).isEqualTo(Kind.NORM);
    assertThat(Kind.of("model.layers.0.self_attn.k_rope")).isEqualTo(Kind.ROPE);
    assertThat(Kind.of("model.layers.0.self_attn.probs")).isEqualTo(Kind.SOFTMAX);
    assertThat(Kind.of("model.layers.0.self_attn")).isEqualTo(Kind.ATTENTION);
    assertThat(Kind.of("model.layers.0.mlp.up_proj")).isEqualTo(Kind.LINEAR);
    assertThat(Kind.of("model.layers.0.mlp")).isEqualTo(Kind.FEED_FORWARD);
    assertThat(Kind.of("model.layers.10")).isEqualTo(Kind.BLOCK);
  }
}
