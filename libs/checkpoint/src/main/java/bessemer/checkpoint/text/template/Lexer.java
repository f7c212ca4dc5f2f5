package bessemer.checkpoint.text.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits a template into tokens with `trim_blocks` and `lstrip_blocks` on: the newline after a
/// statement or comment goes, and so does the indentation before it; `-` and `+` at a tag override.
final class Lexer {
  private static final Pattern RAW_BEGIN =
      Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern RAW_END =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?<float>\\d[\\d_]*(?:\\.\\d[\\d_]*)?[eE][+-]?\\d+|\\d[\\d_]*\\.\\d[\\d_]*)"
              + "|0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|\\d[\\d_]*");
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokenize(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    var lexer = new Lexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        add(Token.Kind.DATA, source.substring(position));
        advance(source.length());
        break;
      }
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      data(tag, sign, kind != '{');
      if (kind == '#') {
        comment();
      } else if (kind == '{') {
        tag(sign, Token.Kind.VARIABLE_BEGIN, Token.Kind.VARIABLE_END, "}}");
      } else if (!raw()) {
        tag(sign, Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
      }
    }
    add(Token.Kind.END, "");
  }

  private int nextTag() {
    for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /// Takes the text up to `end`, without what the following tag strips from it.
  private void data(int end, char sign, boolean block) {
    int to = end;
    if (sign == '-') {
      while (to > position && PythonStrings.isSpace(source.charAt(to - 1))) {
        to--;
      }
    } else if (sign != '+' && block) {
      int start = end;
      while (start > position && source.charAt(start - 1) != '\n') {
        start--;
      }
      boolean startsLine = start == 0 || source.charAt(start - 1) == '\n';
      if (startsLine && PythonStrings.isSpace(source, start, end)) {
        to = start;
      }
    }
    if (to > position) {
      add(Token.Kind.DATA, source.substring(position, to));
    }
    advance(end);
  }

  private void comment() {
    int end = source.indexOf("#}", position + 2);
    if (end < 0) {
      throw fail("Missing end of comment tag");
    }
    char sign = end > position + 2 ? source.charAt(end - 1) : ' ';
    advance(end + 2);
    trimAfter(sign, true);
  }

  private boolean raw() {
    Matcher begin = RAW_BEGIN.matcher(source).region(position, source.length());
    if (!begin.lookingAt()) {
      return false;
    }
    Matcher end = RAW_END.matcher(source);
    if (!end.find(begin.end())) {
      throw fail("Missing end of raw directive");
    }
    advance(begin.end());
    trimAfter(begin.group(1).isEmpty() ? ' ' : '-', false);
    String sign = end.group(1);
    if (position < end.start()) {
      data(end.start(), sign.isEmpty() ? ' ' : sign.charAt(0), true);
    }
    advance(end.end());
    trimAfter(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    return true;
  }

  private void trimAfter(char sign, boolean block) {
    int to = position;
    if (sign == '-') {
      while (to < source.length() && PythonStrings.isSpace(source.charAt(to))) {
        to++;
      }
    } else if (block && sign != '+' && to < source.length() && source.charAt(to) == '\n') {
      to++;
    }
    advance(to);
  }

  private void tag(char sign, Token.Kind begin, Token.Kind end, String close) {
    add(begin, "");
    advance(position + (sign == '-' || sign == '+' ? 3 : 2));
    Deque<Character> open = new ArrayDeque<>();
    boolean block = begin == Token.Kind.BLOCK_BEGIN;
    while (true) {
      skipSpace();
      if (position >= source.length()) {
        add(Token.Kind.END, "");
        throw fail("unexpected end of template in a tag");
      }
      char c = source.charAt(position);
      boolean signed = (c == '-' || (c == '+' && block)) && source.startsWith(close, position + 1);
      if (open.isEmpty() && (signed || source.startsWith(close, position))) {
        add(end, "");
        advance(position + (signed ? 3 : 2));
        trimAfter(signed ? c : ' ', block);
        return;
      }
      inTag(c, open);
    }
  }

  private void inTag(char c, Deque<Character> open) {
    int start = position;
    if (c == '\'' || c == '"') {
      string(c);
    } else if (c >= '0' && c <= '9') {
      number();
    } else if (Character.isUnicodeIdentifierStart(source.codePointAt(position)) || c == '_') {
      int end = position;
      while (end < source.length()
          && Character.isUnicodeIdentifierPart(source.codePointAt(end))
          && !Character.isIdentifierIgnorable(source.codePointAt(end))) {
        end += Character.charCount(source.codePointAt(end));
      }
      add(Token.Kind.NAME, source.substring(start, end));
      advance(end);
    } else {
      operator(open);
    }
  }

  private void number() {
    Matcher number = NUMBER.matcher(source).region(position, source.length());
    if (!number.lookingAt()) {
      throw fail("unexpected character at a number");
    }
    boolean isFloat = number.group("float") != null;
    add(isFloat ? Token.Kind.FLOAT : Token.Kind.INTEGER, number.group().replace("_", ""));
    advance(number.end());
  }

  private void operator(Deque<Character> open) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator.charAt(0), open);
        add(Token.Kind.OPERATOR, operator);
        advance(position + operator.length());
        return;
      }
    }
    throw fail(
        "unexpected character '%s'".formatted(Character.toString(source.codePointAt(position))));
  }

  private void balance(char c, Deque<Character> open) {
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty()) {
          throw fail("unexpected '%s'".formatted(c));
        }
        char expected = open.pop();
        if (expected != c) {
          throw fail("unexpected '%s', expected '%s'".formatted(c, expected));
        }
      }
      default -> {}
    }
  }

  private void string(char quote) {
    int end = position + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw fail("a string without an end");
    }
    String raw = source.substring(position + 1, end);
    add(Token.Kind.STRING, raw.indexOf('\\') < 0 ? raw : Escapes.unescape(raw, line));
    advance(end + 1);
  }

  private void skipSpace() {
    int to = position;
    while (to < source.length() && PythonStrings.isSpace(source.charAt(to))) {
      to++;
    }
    advance(to);
  }

  private void add(Token.Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void advance(int to) {
    for (int i = position; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    position = to;
  }

  private TemplateException fail(String reason) {
    return new TemplateException(reason, line);
  }
}
