package bessemer.checkpoint.text.template;

/// Backslash sequences of Python string literals. An unknown one keeps its backslash.
final class Escapes {
  private Escapes() {}

  static String unescape(String raw, int line) {
    var text = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\' || i + 1 == raw.length()) {
        text.append(c);
        continue;
      }
      i = escape(raw, i + 1, text, line);
    }
    return text.toString();
  }

  /// Appends what the sequence at `i` stands for; returns the index of its last character.
  private static int escape(String raw, int i, StringBuilder text, int line) {
    char c = raw.charAt(i);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> text.append(c);
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'a' -> text.append('\u0007');
      case 'v' -> text.append('\u000b');
      case 'x' -> {
        return number(raw, i, 2, text, line);
      }
      case 'u' -> {
        return number(raw, i, 4, text, line);
      }
      case 'U' -> {
        return number(raw, i, 8, text, line);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return octal(raw, i, text);
      }
      default -> text.append('\\').append(c);
    }
    return i;
  }

  private static int number(String raw, int i, int digits, StringBuilder text, int line) {
    int value = 0;
    for (int k = i + 1; k <= i + digits; k++) {
      int digit = k < raw.length() ? Character.digit(raw.charAt(k), 16) : -1;
      if (digit < 0) {
        throw new TemplateException("truncated \\%s escape".formatted(raw.charAt(i)), line);
      }
      value = (value << 4) | digit;
    }
    if (!Character.isValidCodePoint(value)) {
      throw new TemplateException("illegal Unicode character in a string", line);
    }
    text.appendCodePoint(value);
    return i + digits;
  }

  private static int octal(String raw, int i, StringBuilder text) {
    int value = 0;
    int k = i;
    while (k < raw.length() && k < i + 3 && raw.charAt(k) >= '0' && raw.charAt(k) <= '7') {
      value = value * 8 + raw.charAt(k) - '0';
      k++;
    }
    text.appendCodePoint(value);
    return k - 1;
  }
}
