package bessemer.checkpoint.text.template;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The methods of Python's `str` that templates call.
final class StringMethods {
  private static final Set<String> NAMES =
      Set.of(
          "strip",
          "lstrip",
          "rstrip",
          "split",
          "rsplit",
          "splitlines",
          "startswith",
          "endswith",
          "replace",
          "upper",
          "lower",
          "casefold",
          "title",
          "capitalize",
          "swapcase",
          "find",
          "rfind",
          "index",
          "rindex",
          "count",
          "join",
          "format",
          "partition",
          "rpartition",
          "removeprefix",
          "removesuffix",
          "isdigit",
          "isdecimal",
          "isnumeric",
          "isalpha",
          "isalnum",
          "isspace",
          "isupper",
          "islower",
          "zfill",
          "center",
          "ljust",
          "rjust");

  private final Budget budget;
  private final Operators operators;
  private final PythonText text;
  private final PythonFormat format;

  StringMethods(Budget budget, Operators operators, PythonText text, PythonFormat format) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
    this.format = format;
  }

  @Nullable Object find(String receiver, String name) {
    if (!NAMES.contains(name)) {
      return null;
    }
    return (Callable)
        arguments -> {
          budget.work(receiver.length());
          return call(receiver, name, arguments);
        };
  }

  private Object call(String s, String name, Arguments arguments) {
    return switch (name) {
      case "strip" -> strip(s, name, arguments, true, true);
      case "lstrip" -> strip(s, name, arguments, true, false);
      case "rstrip" -> strip(s, name, arguments, false, true);
      case "split", "rsplit" -> split(s, name, arguments);
      case "splitlines" ->
          PythonStrings.lines(s, Operators.truth(arguments.bind(name, "keepends").get(0, false)));
      case "startswith", "endswith" -> affix(s, name, arguments);
      case "replace" -> replace(s, arguments);
      case "find", "rfind", "index", "rindex", "count" -> search(s, name, arguments);
      case "join" -> join(s, arguments);
      case "format" -> format.format(s, arguments);
      case "partition", "rpartition" -> partition(s, name, arguments);
      case "removeprefix", "removesuffix" -> remove(s, name, arguments);
      case "zfill", "center", "ljust", "rjust" -> pad(s, name, arguments);
      default -> {
        arguments.bind(name);
        yield plain(s, name);
      }
    };
  }

  private Object plain(String s, String name) {
    return switch (name) {
      case "upper" -> s.toUpperCase(Locale.ROOT);
      case "lower" -> s.toLowerCase(Locale.ROOT);
      case "casefold" -> s.replace("ß", "ss").toLowerCase(Locale.ROOT);
      case "title" -> PythonStrings.title(s);
      case "capitalize" -> PythonStrings.capitalize(s);
      case "swapcase" -> swapCase(s);
      case "isdigit", "isdecimal", "isnumeric" -> all(s, Character::isDigit);
      case "isalpha" -> all(s, Character::isLetter);
      case "isalnum" -> all(s, Character::isLetterOrDigit);
      case "isspace" -> all(s, PythonStrings::isSpace);
      case "isupper" -> cased(s, Character::isUpperCase, Character::isLowerCase);
      case "islower" -> cased(s, Character::isLowerCase, Character::isUpperCase);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static boolean all(String s, IntPredicate predicate) {
    return !s.isEmpty() && s.codePoints().allMatch(predicate);
  }

  static boolean cased(String s, IntPredicate wanted, IntPredicate unwanted) {
    return s.codePoints().anyMatch(wanted) && s.codePoints().noneMatch(unwanted);
  }

  private static String swapCase(String s) {
    var swapped = new StringBuilder(s.length());
    s.codePoints()
        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
        .forEach(swapped::appendCodePoint);
    return swapped.toString();
  }

  private static Object strip(
      String s, String name, Arguments arguments, boolean left, boolean right) {
    Arguments.Bound bound = arguments.bind(name, "chars");
    boolean space = bound.get(0, None.NONE) instanceof None;
    IntPredicate characters = space ? PythonStrings::isSpace : PythonStrings.any(bound.text(0));
    return PythonStrings.strip(s, characters, left, right);
  }

  private Object split(String s, String name, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "sep", "maxsplit");
    long most = bound.integer(1, -1);
    boolean fromEnd = name.equals("rsplit");
    if (bound.get(0, None.NONE) instanceof None) {
      return fromEnd ? PythonStrings.wordsFromEnd(s, most) : PythonStrings.words(s, most);
    }
    String separator = bound.text(0);
    if (separator.isEmpty()) {
      throw budget.fail("empty separator");
    }
    return fromEnd
        ? PythonStrings.splitFromEnd(s, separator, most)
        : PythonStrings.split(s, separator, most);
  }

  private Object affix(String s, String name, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "prefix", "start", "end");
    String part = range(s, bound.get(1, None.NONE), bound.get(2, None.NONE));
    List<Object> affixes =
        bound.required(0) instanceof Tuple(var items) ? items : List.of(bound.text(0));
    for (Object affix : affixes) {
      if (!(affix instanceof String a)) {
        throw budget.fail(name + " first arg must be str or a tuple of str");
      }
      if (name.equals("startswith") ? part.startsWith(a) : part.endsWith(a)) {
        return true;
      }
    }
    return false;
  }

  private String range(String s, Object start, Object end) {
    if (start instanceof None && end instanceof None) {
      return s;
    }
    Object slice = new Subscripts(budget, operators, text, format).slice(s, start, end, None.NONE);
    return (String) slice;
  }

  private String replace(String s, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
    return replace(s, bound.text(0), bound.text(1), bound.integer(2, -1));
  }

  String replace(String s, String old, String by, long most) {
    budget.work(s.length() + (long) PythonStrings.occurrences(s, old) * by.length());
    return PythonStrings.replace(s, old, by, most);
  }

  private Object search(String s, String name, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "sub", "start", "end");
    String part = bound.text(0);
    String in = range(s, bound.get(1, None.NONE), bound.get(2, None.NONE));
    if (name.equals("count")) {
      return (long) PythonStrings.occurrences(in, part);
    }
    int at = name.startsWith("r") ? in.lastIndexOf(part) : in.indexOf(part);
    if (at < 0) {
      if (name.endsWith("index")) {
        throw budget.fail("substring not found");
      }
      return -1L;
    }
    long skipped = 0;
    if (Operators.isInteger(bound.get(1, None.NONE))) {
      long start = Operators.toLong(bound.get(1, None.NONE));
      skipped = start < 0 ? Math.max(0, PythonStrings.length(s) + start) : start;
    }
    return skipped + in.codePointCount(0, at);
  }

  private String join(String separator, Arguments arguments) {
    var joined = new StringBuilder();
    List<Object> parts = operators.iterate(arguments.bind("join", "iterable").required(0));
    for (int i = 0; i < parts.size(); i++) {
      if (!(parts.get(i) instanceof String part)) {
        throw budget.fail(
            "sequence item %d: expected str instance, %s found"
                .formatted(i, PythonText.typeName(parts.get(i))));
      }
      budget.work((long) part.length() + separator.length());
      joined.append(i == 0 ? "" : separator).append(part);
    }
    return joined.toString();
  }

  private static Object partition(String s, String name, Arguments arguments) {
    String separator = arguments.bind(name, "sep").text(0);
    boolean fromEnd = name.startsWith("r");
    int at = fromEnd ? s.lastIndexOf(separator) : s.indexOf(separator);
    if (at < 0) {
      return fromEnd ? Tuple.of("", "", s) : Tuple.of(s, "", "");
    }
    return Tuple.of(s.substring(0, at), separator, s.substring(at + separator.length()));
  }

  private static Object remove(String s, String name, Arguments arguments) {
    String part = arguments.bind(name, "affix").text(0);
    if (name.equals("removeprefix")) {
      return s.startsWith(part) ? s.substring(part.length()) : s;
    }
    return s.endsWith(part) ? s.substring(0, s.length() - part.length()) : s;
  }

  private Object pad(String s, String name, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "width", "fillchar");
    bound.required(0);
    String fill = bound.text(1, name.equals("zfill") ? "0" : " ");
    int missing = (int) Math.clamp(bound.integer(0, 0) - PythonStrings.length(s), 0, 1 << 28);
    budget.work(missing);
    if (name.equals("zfill")) {
      boolean signed = s.startsWith("-") || s.startsWith("+");
      return (signed ? s.substring(0, 1) : "") + fill.repeat(missing) + s.substring(signed ? 1 : 0);
    }
    int width = PythonStrings.length(s) + missing;
    int left =
        switch (name) {
          case "ljust" -> 0;
          case "rjust" -> missing;
          default -> missing / 2 + (missing & width & 1);
        };
    return fill.repeat(left) + s + fill.repeat(missing - left);
  }
}
