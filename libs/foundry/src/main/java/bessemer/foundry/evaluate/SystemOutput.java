package bessemer.foundry.evaluate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one system made of a corpus.
///
/// @param description how it searched, in words; may be empty
/// @param hypotheses a translation for each line
/// @param seconds that translating took; null for translations that were given
public record SystemOutput(
    String name, String description, List<String> hypotheses, @Nullable Double seconds) {
  public SystemOutput {
    hypotheses = List.copyOf(hypotheses);
  }

  /// Puts the chunks back in the order of the corpus.
  ///
  /// @param translated what became of each chunk
  public static SystemOutput of(String name, List<Chunk> chunks, List<Translated> translated) {
    int lines = chunks.stream().mapToInt(chunk -> chunk.lines().size()).sum();
    String[] hypotheses = new String[lines];
    double seconds = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Translated of = translated.get(i);
      List<Integer> places = chunks.get(i).lines();
      if (of.hypotheses().size() != places.size()) {
        throw new IllegalArgumentException(
            "chunk %d has %d lines and %d translations"
                .formatted(i, places.size(), of.hypotheses().size()));
      }
      for (int line = 0; line < places.size(); line++) {
        hypotheses[places.get(line)] = of.hypotheses().get(line);
      }
      seconds += of.seconds();
    }
    String search = translated.getFirst().search();
    return new SystemOutput(name, search, List.of(hypotheses), seconds);
  }
}
