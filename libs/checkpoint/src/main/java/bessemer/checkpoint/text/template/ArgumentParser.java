package bessemer.checkpoint.text.template;

import bessemer.checkpoint.text.template.Expression.Absent;
import bessemer.checkpoint.text.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;

/// Reads what stands between brackets: arguments, items, entries, slices.
final class ArgumentParser {
  private final Cursor cursor;
  private final ExpressionParser expressions;

  ArgumentParser(Cursor cursor, ExpressionParser expressions) {
    this.cursor = cursor;
    this.expressions = expressions;
  }

  /// A filter's name and arguments, after the `|`.
  Statement.FilterCall filterCall() {
    String name = cursor.name();
    return new Statement.FilterCall(name, cursor.atOperator("(") ? read() : CallArguments.NONE);
  }

  CallArguments read() {
    cursor.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Expression> named = new ArrayList<>();
    Expression spread = new Absent();
    Expression spreadNamed = new Absent();
    while (!cursor.atOperator(")")) {
      if (cursor.skipOperator("*")) {
        require(spread instanceof Absent && spreadNamed instanceof Absent);
        spread = expressions.expression();
      } else if (cursor.skipOperator("**")) {
        require(spreadNamed instanceof Absent);
        spreadNamed = expressions.expression();
      } else if (cursor.at(Token.Kind.NAME) && cursor.ahead().is(Token.Kind.OPERATOR, "=")) {
        require(spreadNamed instanceof Absent);
        names.add(cursor.name());
        cursor.expectOperator("=");
        named.add(expressions.expression());
      } else {
        require(spread instanceof Absent && spreadNamed instanceof Absent && names.isEmpty());
        positional.add(expressions.expression());
      }
      if (!cursor.atOperator(")")) {
        cursor.expectOperator(",");
      }
    }
    cursor.expectOperator(")");
    return new CallArguments(
        List.copyOf(positional), List.copyOf(names), List.copyOf(named), spread, spreadNamed);
  }

  private void require(boolean valid) {
    if (!valid) {
      throw cursor.fail("invalid syntax for function call expression");
    }
  }

  /// Items up to `close`, which is consumed; a comma may follow the last one.
  List<Expression> items(String close) {
    List<Expression> items = new ArrayList<>();
    while (!cursor.atOperator(close)) {
      items.add(expressions.expression());
      if (!cursor.atOperator(close)) {
        cursor.expectOperator(",");
      }
    }
    cursor.expectOperator(close);
    return List.copyOf(items);
  }

  Expression dictionary() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!cursor.atOperator("}")) {
      keys.add(expressions.expression());
      cursor.expectOperator(":");
      values.add(expressions.expression());
      if (!cursor.atOperator("}")) {
        cursor.expectOperator(",");
      }
    }
    cursor.expectOperator("}");
    return new Expression.DictOf(List.copyOf(keys), List.copyOf(values));
  }

  /// An index or slice after `[`, with the closing bracket.
  Expression subscripts() {
    List<Expression> indices = new ArrayList<>();
    while (!cursor.atOperator("]")) {
      indices.add(subscript());
      if (!cursor.atOperator("]")) {
        cursor.expectOperator(",");
      }
    }
    cursor.expectOperator("]");
    return indices.size() == 1 ? indices.getFirst() : new Expression.TupleOf(List.copyOf(indices));
  }

  private Expression subscript() {
    Expression start = atSliceEnd() ? new Absent() : expressions.expression();
    if (!cursor.skipOperator(":")) {
      if (start instanceof Absent) {
        throw cursor.fail("expected an index, got " + cursor.current().described());
      }
      return start;
    }
    Expression stop = atSliceEnd() ? new Absent() : expressions.expression();
    boolean more = cursor.skipOperator(":");
    Expression step = !more || atSliceEnd() ? new Absent() : expressions.expression();
    return new Expression.Slice(start, stop, step);
  }

  private boolean atSliceEnd() {
    return cursor.atOperator(":") || cursor.atOperator("]") || cursor.atOperator(",");
  }
}
