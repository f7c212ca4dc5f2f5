package bessemer.foundry.score;

/// Sets punctuation apart. Each pass does what one substitution of the mteval scripts does: a match
/// consumes its two characters, so the next begins behind both.
final class Punctuation {
  private enum Kind {
    NUMBER,
    PUNCTUATION,
    SYMBOL,
    OTHER
  }

  /// All of ASCII's punctuation but `'`, `,`, `-` and `.`.
  private static final boolean[] IS_SYMBOL = new boolean[128];

  static {
    for (char c : "!\"#$%&()*+/:;<=>?@[\\]^_`{|}~".toCharArray()) {
      IS_SYMBOL[c] = true;
    }
  }

  private Punctuation() {}

  /// ASCII's punctuation; period and comma stay inside numbers, the dash is split off a digit.
  static String western(String line) {
    return dashesAfterDigits(marksBeforeOthers(marksAfterOthers(asciiSymbols(line))));
  }

  private static String asciiSymbols(String line) {
    var out = new StringBuilder(line.length() + 32);
    int done = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c < IS_SYMBOL.length && IS_SYMBOL[c]) {
        out.append(line, done, i).append(' ').append(c).append(' ');
        done = i + 1;
      }
    }
    return rest(line, done, out);
  }

  private static String rest(String line, int done, StringBuilder out) {
    return done == 0 ? line : out.append(line, done, line.length()).toString();
  }

  private static String marksAfterOthers(String in) {
    var out = new StringBuilder(in.length() + 32);
    int done = 0;
    for (int i = nextMark(in, 0); i < in.length(); i = nextMark(in, i + 1)) {
      if (i > done && !isDigit(in.charAt(i - 1))) {
        out.append(in, done, i).append(' ').append(in.charAt(i)).append(' ');
        done = i + 1;
      }
    }
    return rest(in, done, out);
  }

  private static String marksBeforeOthers(String in) {
    var out = new StringBuilder(in.length() + 32);
    int done = 0;
    for (int i = nextMark(in, 0); i + 1 < in.length(); i = nextMark(in, Math.max(i + 1, done))) {
      if (!isDigit(in.charAt(i + 1))) {
        out.append(in, done, i).append(' ').append(in.charAt(i)).append(' ');
        out.append(in.charAt(i + 1));
        done = i + 2;
      }
    }
    return rest(in, done, out);
  }

  private static String dashesAfterDigits(String in) {
    var out = new StringBuilder(in.length() + 16);
    int done = 0;
    for (int i = in.indexOf('-'); i >= 0; i = in.indexOf('-', i + 1)) {
      if (i > done && isDigit(in.charAt(i - 1))) {
        out.append(in, done, i).append(" - ");
        done = i + 1;
      }
    }
    return rest(in, done, out);
  }

  /// Where the next period or comma is; at the end if there is none.
  private static int nextMark(String in, int from) {
    int i = from;
    while (i < in.length() && !isMark(in.charAt(i))) {
      i++;
    }
    return i;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isMark(char c) {
    return c == '.' || c == ',';
  }

  /// Unicode's punctuation, unless between two numbers, and all symbols.
  static String international(String line) {
    int[] text = afterOthers(line.codePoints().toArray());
    text = beforeOthers(text);
    var out = new StringBuilder(text.length + 32);
    for (int c : text) {
      if (kind(c) == Kind.SYMBOL) {
        out.append(' ').appendCodePoint(c).append(' ');
      } else {
        out.appendCodePoint(c);
      }
    }
    return out.toString();
  }

  private static int[] afterOthers(int[] in) {
    var out = new CodePoints(in.length + 32);
    for (int i = 0; i < in.length; i++) {
      out.add(in[i]);
      if (i + 1 < in.length && kind(in[i + 1]) == Kind.PUNCTUATION && kind(in[i]) != Kind.NUMBER) {
        out.add(' ');
        out.add(in[++i]);
        out.add(' ');
      }
    }
    return out.toArray();
  }

  private static int[] beforeOthers(int[] in) {
    var out = new CodePoints(in.length + 32);
    for (int i = 0; i < in.length; i++) {
      if (i + 1 < in.length && kind(in[i]) == Kind.PUNCTUATION && kind(in[i + 1]) != Kind.NUMBER) {
        out.add(' ');
        out.add(in[i]);
        out.add(' ');
        out.add(in[++i]);
      } else {
        out.add(in[i]);
      }
    }
    return out.toArray();
  }

  private static Kind kind(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          Kind.NUMBER;
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          Kind.PUNCTUATION;
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          Kind.SYMBOL;
      default -> Kind.OTHER;
    };
  }
}
