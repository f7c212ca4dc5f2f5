package bessemer.checkpoint.text;

/// The spaces that word-piece and unigram tokenizers leave before punctuation, taken out as
/// transformers' `clean_up_tokenization` does. It leaves BPE tokenizers alone, and so do we.
final class SpaceCleanup {
  private static final int LONGEST_RULE = 4;

  private SpaceCleanup() {}

  static String clean(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }

  /// The length of the longest beginning of `text` that can be cleaned by itself, whatever follows.
  /// Every rule starts with a space, and only `" ' "` has one further in, so a cut is safe where no
  /// space is near before it, or before a space that follows neither a space nor an apostrophe, or
  /// inside three spaces.
  static int settled(CharSequence text) {
    for (int cut = text.length(); cut > 0; cut--) {
      if (safe(text, cut)) {
        return cut;
      }
    }
    return 0;
  }

  private static boolean safe(CharSequence text, int cut) {
    boolean spaceNear = false;
    for (int i = Math.max(0, cut - LONGEST_RULE - 1); i < cut; i++) {
      spaceNear |= text.charAt(i) == ' ';
    }
    if (!spaceNear) {
      return true;
    }
    if (cut == text.length() || text.charAt(cut) != ' ') {
      return false;
    }
    char before = text.charAt(cut - 1);
    boolean insideSpaces = before == ' ' && cut + 1 < text.length() && text.charAt(cut + 1) == ' ';
    return insideSpaces || (before != ' ' && before != '\'');
  }
}
