package bessemer.foundry.score;

/// What Python calls white space and lower case: the scores are defined by both.
final class PythonText {
  private static final int CAPITAL_SIGMA = 0x3a3;
  private static final int FINAL_SIGMA = 0x3c2;
  private static final int SIGMA = 0x3c3;
  private static final int CAPITAL_I_WITH_DOT = 0x130;

  /// Punctuation among the case-ignorable: the word breaks MidLetter, MidNumLet and Single_Quote.
  private static final String IGNORABLE_PUNCTUATION =
      "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

  private PythonText() {}

  /// As `str.isspace`: unlike Java it knows U+0085 and U+00A0.
  static boolean isSpace(int c) {
    if (c <= ' ') {
      return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    }
    if (c < 0x1680) {
      return c == 0x85 || c == 0xa0;
    }
    return c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  /// As `str.rstrip`.
  static String stripEnd(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /// As `str.strip`.
  static String strip(String text) {
    String stripped = stripEnd(text);
    int start = 0;
    while (start < stripped.length() && isSpace(stripped.charAt(start))) {
      start++;
    }
    return stripped.substring(start);
  }

  /// As `str.lower`. Java finds the final sigma by breaking words, Python by cased neighbours.
  static String lower(String text) {
    var lower = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      switch (c) {
        case CAPITAL_SIGMA -> lower.appendCodePoint(endsWord(text, i) ? FINAL_SIGMA : SIGMA);
        case CAPITAL_I_WITH_DOT -> lower.append("i\u0307");
        default -> lower.appendCodePoint(Character.toLowerCase(c));
      }
      i = next;
    }
    return lower.toString();
  }

  /// Whether a cased letter stands before the sigma at `index`, and none behind it.
  private static boolean endsWord(String text, int index) {
    int i = index;
    while (i > 0 && isCaseIgnorable(text.codePointBefore(i))) {
      i -= Character.charCount(text.codePointBefore(i));
    }
    if (i == 0 || !isCased(text.codePointBefore(i))) {
      return false;
    }
    i = index + 1;
    while (i < text.length() && isCaseIgnorable(text.codePointAt(i))) {
      i += Character.charCount(text.codePointAt(i));
    }
    return i == text.length() || !isCased(text.codePointAt(i));
  }

  private static boolean isCased(int c) {
    return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
  }

  private static boolean isCaseIgnorable(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL ->
          true;
      default -> IGNORABLE_PUNCTUATION.indexOf(c) >= 0;
    };
  }
}
