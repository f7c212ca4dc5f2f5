package bessemer.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff = new Backoff();

  @Test
  void thePauseIsShortAgainAfterTheProcessRanWellForAMinute() {
    assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    assertThat(backoff.after(Duration.ofSeconds(59))).isEqualTo(Duration.ofSeconds(2));
    assertThat(backoff.after(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(1));
    assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(2));
  }
}
