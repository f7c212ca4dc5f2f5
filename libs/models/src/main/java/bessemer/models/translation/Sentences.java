package bessemer.models.translation;

import bessemer.checkpoint.text.Language;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The sentences of a text, by the JDK's rules, which are Unicode's.
final class Sentences {
  /// Chinese and Japanese, as NLLB and as M2M-100 write them.
  private static final Set<String> WITHOUT_SPACES = Set.of("Hans", "Hant", "Jpan", "zh", "ja");

  private Sentences() {}

  static List<String> of(String text) {
    List<String> sentences = new ArrayList<>();
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
    ends.setText(text);
    int from = ends.first();
    for (int to = ends.next(); to != BreakIterator.DONE; to = ends.next()) {
      String sentence = text.substring(from, to).strip();
      if (!sentence.isEmpty()) {
        sentences.add(sentence);
      }
      from = to;
    }
    return sentences;
  }

  /// What stands between two sentences.
  static String between(Language language) {
    String code = language.code();
    return WITHOUT_SPACES.contains(code.substring(code.indexOf('_') + 1)) ? "" : " ";
  }
}
