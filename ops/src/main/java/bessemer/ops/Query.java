package bessemer.ops;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a PromQL expression names. Whether it is valid PromQL is promtool's to say.
///
/// @param selectors in the order of the text
/// @param grouping labels of `by`, `on`, `without`, `ignoring` and of the groups' modifiers
record Query(List<Selector> selectors, Set<String> grouping) {
  /// A metric and the labels that its matchers name.
  record Selector(String metric, Set<String> labels) {}

  private static final Pattern TOKEN =
      Pattern.compile(
          """
          (?<text>"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')\
          |(?<range>\\[[^]]*])\
          |(?<variable>\\$\\{[^}]*}|\\$\\w+)\
          |(?<number>\\d[\\w.]*)\
          |(?<name>[a-zA-Z_:][\\w:]*)\
          |(?<sign>\\S)\
          """);
  private static final Set<String> GROUPS =
      Set.of("by", "without", "on", "ignoring", "group_left", "group_right");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset", "atan2");

  Query {
    selectors = List.copyOf(selectors);
    grouping = Set.copyOf(grouping);
  }

  static Query of(String promql) {
    return new Reader(tokens(promql)).read();
  }

  private record Token(boolean isName, String text) {}

  private static List<Token> tokens(String promql) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(promql);
    while (matcher.find()) {
      if (matcher.group("name") != null) {
        tokens.add(new Token(true, matcher.group()));
      } else if (matcher.group("sign") != null) {
        tokens.add(new Token(false, matcher.group()));
      }
    }
    return tokens;
  }

  private static final class Reader {
    private final List<Token> tokens;
    private final List<Selector> selectors = new ArrayList<>();
    private final Set<String> grouping = new LinkedHashSet<>();
    private int at;

    Reader(List<Token> tokens) {
      this.tokens = tokens;
    }

    Query read() {
      while (at < tokens.size()) {
        Token token = tokens.get(at++);
        if (token.isName && !WORDS.contains(token.text)) {
          name(token.text);
        }
      }
      return new Query(selectors, grouping);
    }

    private void name(String name) {
      if (GROUPS.contains(name)) {
        if (isNext("(")) {
          grouping.addAll(namesUntil(")"));
        }
      } else if (isNext("{")) {
        selectors.add(new Selector(name, namesUntil("}")));
      } else if (!isNext("(") && !isAggregation()) {
        selectors.add(new Selector(name, Set.of()));
      }
    }

    private boolean isNext(String sign) {
      return at < tokens.size() && tokens.get(at).text.equals(sign);
    }

    /// `sum by (kind) (…)`: the name before the grouping is no metric.
    private boolean isAggregation() {
      return isNext("by") || isNext("without");
    }

    private Set<String> namesUntil(String end) {
      Set<String> names = new LinkedHashSet<>();
      while (at < tokens.size() && !isNext(end)) {
        Token token = tokens.get(at++);
        if (token.isName) {
          names.add(token.text);
        }
      }
      return names;
    }
  }
}
