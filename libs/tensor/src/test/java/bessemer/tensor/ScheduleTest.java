package bessemer.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bessemer.tensor.optim.Schedule;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void fallsAlongItsCurveAfterTheWarmUp() {
    var cosine = new Schedule.WarmedUp(4, new Schedule.Cosine(10, 0.1f));
    assertThat(cosine.at(0)).isEqualTo(0.2f);
    assertThat(cosine.at(3)).isEqualTo(0.8f);
    assertThat(cosine.at(4)).isEqualTo(1);
    assertThat(cosine.at(9)).isCloseTo(0.55f, within(1e-6f));
    assertThat(cosine.at(14)).isCloseTo(0.1f, within(1e-6f));
    assertThat(cosine.at(99)).isCloseTo(0.1f, within(1e-6f));
    var linear = new Schedule.Linear(10, 0);
    assertThat(linear.at(0)).isEqualTo(1);
    assertThat(linear.at(5)).isEqualTo(0.5f);
    assertThat(linear.at(10)).isZero();
    assertThat(new Schedule.Constant().at(1_000)).isEqualTo(1);
  }
}
