package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Python's notion of characters and words: strings count code points, white space is Unicode's.
final class PythonStrings {
  private PythonStrings() {}

  static boolean isSpace(int codePoint) {
    return switch (codePoint) {
      case 0x1c,
          0x1d,
          0x1e,
          0x1f,
          ' ',
          0x85,
          0xa0,
          0x1680,
          0x2028,
          0x2029,
          0x202f,
          0x205f,
          0x3000 ->
          true;
      default ->
          (codePoint >= '\t' && codePoint <= '\r') || (codePoint >= 0x2000 && codePoint <= 0x200a);
    };
  }

  /// Whether there is white space, and nothing else, between the two indices.
  static boolean isSpace(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isSpace(text.charAt(i))) {
        return false;
      }
    }
    return to > from;
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  static List<Object> characters(String text) {
    List<Object> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(c -> characters.add(Character.toString(c)));
    return characters;
  }

  static IntPredicate any(String characters) {
    return c -> characters.indexOf(c) >= 0;
  }

  static String strip(String text, IntPredicate strip, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && strip.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && to > from && strip.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  /// Words between white space, at most `most` splits (any number when negative).
  static List<Object> words(String text, long most) {
    List<Object> words = new ArrayList<>();
    int from = skip(text, 0, true);
    while (from < text.length()) {
      if (words.size() == most) {
        words.add(text.substring(from));
        break;
      }
      int end = skip(text, from, false);
      words.add(text.substring(from, end));
      from = skip(text, end, true);
    }
    return words;
  }

  /// The end of the run of white space, or of anything else, that starts at `from`.
  private static int skip(String text, int from, boolean space) {
    int end = from;
    while (end < text.length() && isSpace(text.charAt(end)) == space) {
      end++;
    }
    return end;
  }

  /// As [#words], counting splits from the end.
  static List<Object> wordsFromEnd(String text, long most) {
    List<Object> words = new ArrayList<>();
    int to = skipBack(text, text.length(), true);
    while (to > 0) {
      if (words.size() == most) {
        words.add(text.substring(0, to));
        break;
      }
      int start = skipBack(text, to, false);
      words.add(text.substring(start, to));
      to = skipBack(text, start, true);
    }
    return words.reversed();
  }

  private static int skipBack(String text, int to, boolean space) {
    int start = to;
    while (start > 0 && isSpace(text.charAt(start - 1)) == space) {
      start--;
    }
    return start;
  }

  static List<Object> split(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
      if (parts.size() == most) {
        break;
      }
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  static List<Object> splitFromEnd(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    while (parts.size() != most) {
      int at = text.lastIndexOf(separator, to - separator.length());
      if (at < 0 || to < separator.length()) {
        break;
      }
      parts.add(text.substring(at + separator.length(), to));
      to = at;
    }
    parts.add(text.substring(0, to));
    return parts.reversed();
  }

  static List<Object> lines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int end = from;
      while (end < text.length() && !isLineEnd(text.charAt(end))) {
        end++;
      }
      int next = text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length());
      lines.add(text.substring(from, keepEnds ? next : end));
      from = next;
    }
    return lines;
  }

  private static boolean isLineEnd(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /// At most `most` replacements (all when negative); an empty `old` matches between characters.
  static String replace(String text, String old, String by, long most) {
    var result = new StringBuilder();
    int from = 0;
    long done = 0;
    if (old.isEmpty()) {
      return interleave(text, by, most);
    }
    for (int at = text.indexOf(old); at >= 0 && done != most; at = text.indexOf(old, from)) {
      result.append(text, from, at).append(by);
      from = at + old.length();
      done++;
    }
    return result.append(text, from, text.length()).toString();
  }

  private static String interleave(String text, String by, long most) {
    var result = new StringBuilder();
    long done = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (done++ != most && (most < 0 || done <= most)) {
        result.append(by);
      }
      result.appendCodePoint(text.codePointAt(i));
    }
    return done != most && (most < 0 || done < most)
        ? result.append(by).toString()
        : result.toString();
  }

  static int occurrences(String text, String part) {
    if (part.isEmpty()) {
      return length(text) + 1;
    }
    int count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return Character.toString(Character.toTitleCase(first))
        + text.substring(Character.charCount(first)).toLowerCase(java.util.Locale.ROOT);
  }

  /// Python's `title`: a capital after everything that is not a letter.
  static String title(String text) {
    var result = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      result.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }
    return result.toString();
  }

  /// By code point, as Python orders strings.
  static int compare(String left, String right) {
    int[] a = left.codePoints().toArray();
    int[] b = right.codePoints().toArray();
    return java.util.Arrays.compare(a, b);
  }
}
