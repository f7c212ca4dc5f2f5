package bessemer.checkpoint.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A parsed chat template. Immutable; every rendering is by itself.
public final class Template {
  private static final int DEEPEST_INPUT = 100;

  private final List<Statement> statements;
  private final Limits limits;

  private Template(List<Statement> statements, Limits limits) {
    this.statements = statements;
    this.limits = limits;
  }

  /// Reads the source of a template.
  ///
  /// @throws TemplateException when it is too long, nested too deep or not understood
  public static Template parse(String source, Limits limits) {
    if (source.length() > limits.templateLength()) {
      throw new TemplateException(
          "%,d characters, more than the %,d allowed"
              .formatted(source.length(), limits.templateLength()),
          1);
    }
    return new Template(StatementParser.parse(Lexer.tokenize(source)), limits);
  }

  /// Renders with `variables`: text, numbers, booleans, null, lists, maps with text keys, or trees
  /// of Jackson; anything else is refused. The order of maps is kept.
  ///
  /// @param clock what `strftime_now` shows
  /// @throws TemplateException when the template raises it, misuses a value or exceeds a limit
  public String render(Map<String, ? extends @Nullable Object> variables, Clock clock) {
    var budget = new Budget(limits);
    var operators = new Operators(budget);
    var text = new PythonText(budget);
    var scope = new Scope(new Globals(budget, operators, text, clock).scope());
    variables.forEach((name, value) -> scope.set(name, value(value, 0)));
    return new Evaluator(budget, operators, text).render(statements, scope);
  }

  private static Object value(@Nullable Object value, int depth) {
    if (depth > DEEPEST_INPUT) {
      throw new IllegalArgumentException("Values nested more than %d deep".formatted(depth - 1));
    }
    return switch (value) {
      case null -> None.NONE;
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> number.longValue();
      case Long number -> number;
      case Short number -> number.longValue();
      case Double number -> number;
      case Float number -> number.doubleValue();
      case BigInteger number -> number.bitLength() < 64 ? number.longValue() : number;
      case BigDecimal number -> number.doubleValue();
      case JsonNode node -> json(node, depth);
      case List<?> items -> list(items, depth);
      case Map<?, ?> entries -> map(entries, depth);
      case Object other ->
          throw new IllegalArgumentException(
              "A template takes no values of type " + other.getClass().getName());
    };
  }

  private static Object json(JsonNode node, int depth) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<Object, Object> entries = new LinkedHashMap<>();
        node.properties().forEach(e -> entries.put(e.getKey(), value(e.getValue(), depth + 1)));
        yield entries;
      }
      case ARRAY -> {
        List<Object> items = new ArrayList<>(node.size());
        node.forEach(item -> items.add(value(item, depth + 1)));
        yield items;
      }
      case STRING -> node.asString();
      case BOOLEAN -> node.asBoolean();
      case NUMBER -> value(node.numberValue(), depth);
      case NULL -> None.NONE;
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("A template takes no JSON " + node.getNodeType());
    };
  }

  private static List<Object> list(List<?> items, int depth) {
    List<Object> copy = new ArrayList<>(items.size());
    items.forEach(item -> copy.add(value(item, depth + 1)));
    return copy;
  }

  private static Map<Object, Object> map(Map<?, ?> entries, int depth) {
    Map<Object, Object> copy = new LinkedHashMap<>();
    entries.forEach((key, value) -> {
      if (!(key instanceof String name)) {
        throw new IllegalArgumentException("A template takes maps with text keys, not " + key);
      }
      copy.put(name, value(value, depth + 1));
    });
    return copy;
  }
}
