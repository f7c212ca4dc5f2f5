package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExponentialTest {
  private static float[] exp(float[] x) {
    float[] out = new float[x.length];
    for (int i = 0; i < x.length; i += Raw.LANES) {
      Exponential.exp(FloatVector.fromArray(Raw.F, x, i)).intoArray(out, i);
    }
    return out;
  }

  @Test
  void isWithinOneAndAHalfUnitsOverTheWholeRange() {
    var random = new Random(4);
    float[] x = new float[1 << 18];
    for (int i = 0; i < x.length; i++) {
      x[i] = i % 2 == 0 ? -103 + 191.7f * random.nextFloat() : (float) random.nextGaussian();
    }
    float[] got = exp(x);
    for (int i = 0; i < x.length; i++) {
      double exact = Math.exp(x[i]);
      double error = Math.abs(got[i] - exact) / Math.ulp((float) exact);
      assertThat(error).as("e^%s = %s", x[i], got[i]).isLessThan(1.5);
    }
  }

  @Test
  void endsInZeroInfinityAndNothing() {
    float[] x = new float[16];
    x[0] = Float.NEGATIVE_INFINITY;
    x[1] = Float.POSITIVE_INFINITY;
    x[2] = Float.NaN;
    x[3] = -1000;
    x[4] = 1000;
    float[] got = exp(x);
    assertThat(got[0]).isZero();
    assertThat(got[1]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(got[2]).isNaN();
    assertThat(got[3]).isZero();
    assertThat(got[4]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(got[5]).isEqualTo(1);
  }
}
