package bessemer.foundry.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Lines of one language pair that are translated together: a piece of work that is done or not.
/// The same corpus has the same chunks wherever and however often it is translated.
///
/// @param number from 0
/// @param lines of the corpus, from 0
public record Chunk(int number, LanguagePair pair, List<Integer> lines) {
  /// Some batches, so that lines of like length share one, and little is lost when work ends.
  public static final int LINES = 64;

  public Chunk {
    lines = List.copyOf(lines);
  }

  /// Covers all lines: pair by pair, the longest sources first.
  public static List<Chunk> of(ParallelText text, int size) {
    List<Chunk> chunks = new ArrayList<>();
    for (LanguagePair pair : text.pairs()) {
      List<Integer> lines = new ArrayList<>();
      for (int line = 0; line < text.lines(); line++) {
        if (text.segments().get(line).pair().equals(pair)) {
          lines.add(line);
        }
      }
      Comparator<Integer> length = Comparator.comparing(line -> text.segments().get(line).length());
      lines.sort(length.reversed());
      for (int at = 0; at < lines.size(); at += size) {
        int to = Math.min(lines.size(), at + size);
        chunks.add(new Chunk(chunks.size(), pair, lines.subList(at, to)));
      }
    }
    return chunks;
  }
}
