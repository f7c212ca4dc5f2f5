package bessemer.checkpoint.text.template;

import bessemer.checkpoint.text.template.Expression.Absent;
import bessemer.checkpoint.text.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads expressions with Jinja's precedence: filters and tests bind closest, then powers,
/// products, `~`, sums, comparisons, `not`, `and`, `or`, `if`.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
  private static final Set<String> AFTER_TEST = Set.of("else", "or", "and");

  private final Cursor cursor;
  private final ArgumentParser arguments;
  private final PrimaryParser primaries;

  ExpressionParser(Cursor cursor) {
    this.cursor = cursor;
    this.arguments = new ArgumentParser(cursor, this);
    this.primaries = new PrimaryParser(cursor, this);
  }

  /// Every name read so far, in order.
  List<String> namesRead() {
    return primaries.namesRead();
  }

  ArgumentParser arguments() {
    return arguments;
  }

  Expression expression() {
    cursor.enter();
    Expression value = or();
    while (cursor.skipName("if")) {
      Expression test = or();
      Expression otherwise = cursor.skipName("else") ? expression() : new Absent();
      value = new Expression.Conditional(test, value, otherwise);
    }
    cursor.leave(1);
    return value;
  }

  /// One expression, or a tuple without parentheses.
  Expression tuple(boolean conditional, String endName) {
    boolean parentheses = endName.equals(")");
    List<Expression> items = new ArrayList<>();
    boolean comma = false;
    while (!tupleEnds(endName)) {
      items.add(conditional ? expression() : nested());
      if (!cursor.skipOperator(",")) {
        break;
      }
      comma = true;
    }
    if (!comma && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !parentheses) {
      throw cursor.fail("Expected an expression, got " + cursor.current().described());
    }
    return new Expression.TupleOf(List.copyOf(items));
  }

  private Expression nested() {
    cursor.enter();
    Expression value = or();
    cursor.leave(1);
    return value;
  }

  private boolean tupleEnds(String endName) {
    return switch (cursor.current().kind()) {
      case VARIABLE_END, BLOCK_END, END -> true;
      case OPERATOR -> cursor.atOperator(")");
      case NAME -> cursor.atName(endName);
      case DATA, BLOCK_BEGIN, VARIABLE_BEGIN, STRING, INTEGER, FLOAT -> false;
    };
  }

  private Expression or() {
    Expression left = and();
    int chain = 0;
    for (; cursor.skipName("or"); chain++) {
      cursor.enter();
      left = new Expression.Or(left, and());
    }
    cursor.leave(chain);
    return left;
  }

  private Expression and() {
    Expression left = not();
    int chain = 0;
    for (; cursor.skipName("and"); chain++) {
      cursor.enter();
      left = new Expression.And(left, not());
    }
    cursor.leave(chain);
    return left;
  }

  private Expression not() {
    if (!cursor.skipName("not")) {
      return comparison();
    }
    cursor.enter();
    Expression operand = not();
    cursor.leave(1);
    return new Expression.Not(operand);
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> rest = new ArrayList<>();
    while (true) {
      Token token = cursor.current();
      if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        cursor.next();
        operators.add(token.text());
      } else if (cursor.skipName("in")) {
        operators.add("in");
      } else if (cursor.atName("not") && cursor.ahead().is(Token.Kind.NAME, "in")) {
        cursor.next();
        cursor.next();
        operators.add("not in");
      } else {
        break;
      }
      rest.add(sum());
    }
    return rest.isEmpty()
        ? first
        : new Expression.Comparison(first, List.copyOf(operators), List.copyOf(rest));
  }

  private Expression sum() {
    Expression left = concatenation();
    int chain = 0;
    for (; cursor.atOperator("+") || cursor.atOperator("-"); chain++) {
      cursor.enter();
      left = new Expression.Binary(cursor.next().text(), left, concatenation());
    }
    cursor.leave(chain);
    return left;
  }

  private Expression concatenation() {
    List<Expression> parts = new ArrayList<>(List.of(product()));
    while (cursor.skipOperator("~")) {
      parts.add(product());
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(List.copyOf(parts));
  }

  private Expression product() {
    Expression left = power();
    int chain = 0;
    for (; at(PRODUCTS); chain++) {
      cursor.enter();
      left = new Expression.Binary(cursor.next().text(), left, power());
    }
    cursor.leave(chain);
    return left;
  }

  private boolean at(Set<String> operators) {
    return cursor.at(Token.Kind.OPERATOR) && operators.contains(cursor.current().text());
  }

  private Expression power() {
    Expression left = unary(true);
    int chain = 0;
    for (; cursor.skipOperator("**"); chain++) {
      cursor.enter();
      left = new Expression.Binary("**", left, unary(true));
    }
    cursor.leave(chain);
    return left;
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (cursor.atOperator("-") || cursor.atOperator("+")) {
      String operator = cursor.next().text();
      cursor.enter();
      value = new Expression.Unary(operator, unary(false));
      cursor.leave(1);
    } else {
      value = primaries.read();
    }
    return postfix(value, withFilters);
  }

  /// Attributes, items and calls; `withFilters`, then filters and tests as well.
  Expression postfix(Expression value, boolean withFilters) {
    int chain = 0;
    boolean filtered = false;
    while (true) {
      cursor.enter();
      chain++;
      if (!filtered && (cursor.atOperator(".") || cursor.atOperator("["))) {
        value = subscript(value);
      } else if (cursor.atOperator("(")) {
        value = new Expression.Call(value, arguments.read());
      } else if (withFilters && cursor.skipOperator("|")) {
        filtered = true;
        value = filter(value);
      } else if (withFilters && cursor.skipName("is")) {
        filtered = true;
        value = test(value);
      } else {
        cursor.leave(chain);
        return value;
      }
    }
  }

  private Expression filter(Expression value) {
    Statement.FilterCall call = arguments.filterCall();
    return new Expression.Filter(value, call.name(), call.arguments());
  }

  private Expression test(Expression value) {
    boolean negated = cursor.skipName("not");
    String name = cursor.name();
    CallArguments given = CallArguments.NONE;
    if (cursor.atOperator("(")) {
      given = arguments.read();
    } else if (startsTestArgument()) {
      Expression argument = postfix(primaries.read(), false);
      given =
          new CallArguments(List.of(argument), List.of(), List.of(), new Absent(), new Absent());
    }
    var test = new Expression.Test(value, name, given);
    return negated ? new Expression.Not(test) : test;
  }

  private boolean startsTestArgument() {
    Token token = cursor.current();
    if (token.is(Token.Kind.NAME, "is")) {
      throw cursor.fail("You cannot chain multiple tests with is");
    }
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !AFTER_TEST.contains(token.text());
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END -> false;
    };
  }

  private Expression subscript(Expression value) {
    if (cursor.skipOperator("[")) {
      return new Expression.Item(value, arguments.subscripts());
    }
    cursor.expectOperator(".");
    Token name = cursor.next();
    if (name.kind() == Token.Kind.INTEGER) {
      return new Expression.Item(value, new Expression.Literal(primaries.integer(name)));
    }
    if (name.kind() != Token.Kind.NAME) {
      throw cursor.fail("expected name or number");
    }
    return new Expression.Attribute(value, name.text());
  }
}
