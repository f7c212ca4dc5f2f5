package bessemer.foundry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {

  @Test
  void takesTheNearestRank() {
    long[] millis = LongStream.rangeClosed(1, 100).map(i -> (101 - i) * 1_000_000).toArray();
    assertThat(Percentiles.ofNanos(millis)).isEqualTo(new Percentiles(50.5, 50, 95, 99, 100));
  }

  @Test
  void oneValueIsEveryPercentile() {
    assertThat(Percentiles.ofNanos(2_000_000)).isEqualTo(new Percentiles(2, 2, 2, 2, 2));
  }

  @Test
  void readsTheSystemsFigures() {
    String status = "Name:\tjava\nVmHWM:\t    2048 kB\nRssAnon:\t     512 kB\n";
    assertThat(Memory.parse(status, "VmHWM:")).hasValue(2048 * 1024);
    assertThat(Memory.parse(status, "RssAnon:")).hasValue(512 * 1024);
    assertThat(Memory.parse(status, "VmSwap:")).isEmpty();
  }
}
