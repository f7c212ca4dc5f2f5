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

  private Punctuation() {}

  /// ASCII's punctuation; period and comma stay inside numbers, the dash is split off a digit.
  static String western(String line) {
    return dashesAfterDigits(marksBeforeOthers(marksAfterOthers(asciiSymbols(line))));
  }

  private static StringBuilder asciiSymbols(String line) {
    var out = new StringBuilder(2 * line.length());
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (isAsciiSymbol(c)) {
        out.append(' ').append(c).append(' ');
      } else {
        out.append(c);
      }
    }
    return out;
  }

  /// All of ASCII's punctuation but `'`, `,`, `-` and `.`, and the space.
  private static boolean isAsciiSymbol(char c) {
    return (c >= ' ' && c <= '&')
        || (c >= '(' && c <= '+')
        || c == '/'
        || (c >= ':' && c <= '@')
        || (c >= '[' && c <= '`')
        || (c >= '{' && c <= '~');
  }

  private static StringBuilder marksAfterOthers(StringBuilder in) {
    var out = new StringBuilder(in.length() + 32);
    for (int i = 0; i < in.length(); i++) {
      char c = in.charAt(i);
      out.append(c);
      if (!isDigit(c) && i + 1 < in.length() && isMark(in.charAt(i + 1))) {
        out.append(' ').append(in.charAt(++i)).append(' ');
      }
    }
    return out;
  }

  private static StringBuilder marksBeforeOthers(StringBuilder in) {
    var out = new StringBuilder(in.length() + 32);
    for (int i = 0; i < in.length(); i++) {
      char c = in.charAt(i);
      if (isMark(c) && i + 1 < in.length() && !isDigit(in.charAt(i + 1))) {
        out.append(' ').append(c).append(' ').append(in.charAt(++i));
      } else {
        out.append(c);
      }
    }
    return out;
  }

  private static String dashesAfterDigits(StringBuilder in) {
    var out = new StringBuilder(in.length() + 16);
    for (int i = 0; i < in.length(); i++) {
      char c = in.charAt(i);
      out.append(c);
      if (isDigit(c) && i + 1 < in.length() && in.charAt(i + 1) == '-') {
        out.append(" - ");
        i++;
      }
    }
    return out.toString();
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
