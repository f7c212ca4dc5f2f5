package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void holdsBackWhatMayBecomeAStop() {
    var stops = new StopStrings(List.of("<end>"));
    assertThat(stops.add("one <")).isEqualTo("one ");
    assertThat(stops.add("en")).isEmpty();
    assertThat(stops.add("try")).isEqualTo("<entry");
    assertThat(stops.add("<<end")).isEqualTo("<");
    assertThat(stops.finish()).isEqualTo("<end");
    assertThat(stops.found()).isFalse();
  }

  @Test
  void endsBeforeAStopThatSpansPieces() {
    var stops = new StopStrings(List.of("\n\nQ:", "END"));
    assertThat(stops.add("A: 4\n")).isEqualTo("A: 4");
    assertThat(stops.add("\nQ")).isEmpty();
    assertThat(stops.add(": more")).isEmpty();
    assertThat(stops.found()).isTrue();
    assertThat(stops.add("text") + stops.finish()).isEmpty();
  }

  @Test
  void ofTwoStopsInOnePieceTheEarlierCounts() {
    var stops = new StopStrings(List.of("late", "so"));
    assertThat(stops.add("not so late")).isEqualTo("not ");
    assertThat(stops.found()).isTrue();
  }

  @Test
  void withoutStopsNothingIsHeldBack() {
    assertThat(new StopStrings(List.of()).add("all")).isEqualTo("all");
  }

  /// Any cutting into pieces gives what cutting the whole text at its first stop gives.
  @Test
  void piecesDoNotMatter() {
    var random = new Random(5);
    for (int round = 0; round < 3_000; round++) {
      String text = letters(random, 30);
      List<String> stop = List.of(letters(random, 1 + random.nextInt(4)));
      var stops = new StopStrings(stop);
      var released = new StringBuilder();
      for (int at = 0; at < text.length(); ) {
        int next = Math.min(text.length(), at + 1 + random.nextInt(4));
        released.append(stops.add(text.substring(at, next)));
        at = next;
      }
      released.append(stops.finish());
      int end = text.indexOf(stop.getFirst());
      assertThat(released.toString()).isEqualTo(end < 0 ? text : text.substring(0, end));
      assertThat(stops.found()).isEqualTo(end >= 0);
    }
  }

  private static String letters(Random random, int count) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }
}
