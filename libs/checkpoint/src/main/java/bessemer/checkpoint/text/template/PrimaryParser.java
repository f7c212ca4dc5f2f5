package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads names, constants and what stands in brackets.
final class PrimaryParser {
  private static final Map<String, Object> CONSTANTS =
      Map.of(
          "true", true, "True", true, "false", false, "False", false, "none", None.NONE, "None",
          None.NONE);

  private final Cursor cursor;
  private final ExpressionParser expressions;
  private final List<String> namesRead = new ArrayList<>();

  PrimaryParser(Cursor cursor, ExpressionParser expressions) {
    this.cursor = cursor;
    this.expressions = expressions;
  }

  /// Every name read so far, in order.
  List<String> namesRead() {
    return namesRead;
  }

  Expression read() {
    Token token = cursor.next();
    return switch (token.kind()) {
      case NAME -> name(token.text());
      case STRING -> string(token.text());
      case INTEGER -> new Expression.Literal(integer(token));
      case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
      case OPERATOR -> bracketed(token);
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END ->
          throw cursor.fail("unexpected " + token.described());
    };
  }

  private Expression name(String name) {
    Object constant = CONSTANTS.get(name);
    if (constant != null) {
      return new Expression.Literal(constant);
    }
    namesRead.add(name);
    return new Expression.Name(name);
  }

  private Expression string(String first) {
    var text = new StringBuilder(first);
    while (cursor.at(Token.Kind.STRING)) {
      text.append(cursor.next().text());
    }
    return new Expression.Literal(text.toString());
  }

  Long integer(Token token) {
    String digits = token.text().toLowerCase(Locale.ROOT);
    try {
      if (digits.startsWith("0x")) {
        return Long.parseLong(digits.substring(2), 16);
      } else if (digits.startsWith("0o")) {
        return Long.parseLong(digits.substring(2), 8);
      } else if (digits.startsWith("0b")) {
        return Long.parseLong(digits.substring(2), 2);
      }
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw cursor.fail("integer %s out of range".formatted(token.text()));
    }
  }

  private Expression bracketed(Token open) {
    switch (open.text()) {
      case "(" -> {
        Expression value = expressions.tuple(true, ")");
        cursor.expectOperator(")");
        return value;
      }
      case "[" -> {
        return new Expression.ListOf(expressions.arguments().items("]"));
      }
      case "{" -> {
        return expressions.arguments().dictionary();
      }
      default -> throw cursor.fail("unexpected " + open.described());
    }
  }
}
