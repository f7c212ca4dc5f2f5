package bessemer.checkpoint.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Evaluates expressions.
final class Expressions {
  private final Budget budget;
  private final Operators operators;
  private final PythonText text;
  private final Arithmetic arithmetic;
  private final Subscripts subscripts;
  private final Filters filters;

  Expressions(Budget budget, Operators operators, PythonText text) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
    var format = new PythonFormat(budget, text);
    this.arithmetic = new Arithmetic(budget, operators, format);
    this.subscripts = new Subscripts(budget, operators, text, format);
    this.filters = new Filters(budget, operators, subscripts, text, format);
  }

  Object evaluate(Expression expression, Scope scope) {
    budget.enter();
    Object value =
        switch (expression) {
          case Expression.Literal(var constant) -> constant;
          case Expression.Name(var name) -> scope.get(name);
          case Expression.ListOf(var items) -> all(items, scope);
          case Expression.TupleOf(var items) -> new Tuple(all(items, scope));
          case Expression.DictOf dict -> dict(dict, scope);
          case Expression.Not(var operand) -> !Operators.truth(evaluate(operand, scope));
          case Expression.And(var left, var right) -> {
            Object first = evaluate(left, scope);
            yield Operators.truth(first) ? evaluate(right, scope) : first;
          }
          case Expression.Or(var left, var right) -> {
            Object first = evaluate(left, scope);
            yield Operators.truth(first) ? first : evaluate(right, scope);
          }
          case Expression.Unary(var operator, var operand) ->
              arithmetic.unary(operator, evaluate(operand, scope));
          case Expression.Binary(var operator, var left, var right) ->
              arithmetic.binary(operator, evaluate(left, scope), evaluate(right, scope));
          case Expression.Comparison comparison -> compare(comparison, scope);
          case Expression.Concatenation(var parts) -> concatenate(parts, scope);
          case Expression.Conditional(var test, var yes, var no) ->
              evaluate(Operators.truth(evaluate(test, scope)) ? yes : no, scope);
          case Expression.Absent _ ->
              new Undefined(
                  "the inline if-expression evaluated to false and no else section was defined.");
          case Expression.Attribute(var object, var name) ->
              subscripts.attribute(evaluate(object, scope), name);
          case Expression.Item(var object, var index) -> item(object, index, scope);
          case Expression.Slice _ -> throw budget.fail("a slice stands for itself");
          case Expression.Call(var callee, var arguments) -> call(callee, arguments, scope);
          case Expression.Filter(var input, var name, var arguments) ->
              filters.apply(name, evaluate(input, scope), arguments(arguments, scope));
          case Expression.Test(var input, var name, var arguments) ->
              filters.predicates().test(name, evaluate(input, scope), arguments(arguments, scope));
        };
    budget.leave();
    return value;
  }

  Object filter(Statement.FilterCall filter, Object value, Scope scope) {
    return filters.apply(filter.name(), value, arguments(filter.arguments(), scope));
  }

  private List<Object> all(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Object dict(Expression.DictOf dict, Scope scope) {
    Map<Object, Object> entries = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      Object key = operators.key(evaluate(dict.keys().get(i), scope));
      entries.put(key, evaluate(dict.values().get(i), scope));
    }
    return entries;
  }

  private Object compare(Expression.Comparison comparison, Scope scope) {
    Object left = evaluate(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object right = evaluate(comparison.rest().get(i), scope);
      String operator = comparison.operators().get(i);
      boolean holds =
          switch (operator) {
            case "==" -> operators.equal(left, right);
            case "!=" -> !operators.equal(left, right);
            case "in" -> operators.contains(right, left);
            case "not in" -> !operators.contains(right, left);
            default -> operators.ordered(operator, left, right);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Object concatenate(List<Expression> parts, Scope scope) {
    var joined = new StringBuilder();
    for (Expression part : parts) {
      String piece = text.str(evaluate(part, scope));
      budget.work(joined.length() + (long) piece.length());
      joined.append(piece);
    }
    return joined.toString();
  }

  private Object item(Expression object, Expression index, Scope scope) {
    Object container = evaluate(object, scope);
    if (index instanceof Expression.Slice(var start, var stop, var step)) {
      return subscripts.slice(
          container, bound(start, scope), bound(stop, scope), bound(step, scope));
    }
    return subscripts.item(container, evaluate(index, scope));
  }

  private Object bound(Expression bound, Scope scope) {
    return bound instanceof Expression.Absent ? None.NONE : evaluate(bound, scope);
  }

  Object call(Expression callee, Expression.CallArguments arguments, Scope scope) {
    Object function = evaluate(callee, scope);
    return invoke(function, arguments(arguments, scope));
  }

  Object invoke(Object function, Arguments arguments) {
    return switch (function) {
      case Callable callable -> callable.call(arguments);
      case Undefined undefined -> throw budget.fail(undefined.message());
      case Object other ->
          throw budget.fail("'%s' object is not callable".formatted(PythonText.typeName(other)));
    };
  }

  Arguments arguments(Expression.CallArguments given, Scope scope) {
    List<Object> positional = all(given.positional(), scope);
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < given.names().size(); i++) {
      named.put(given.names().get(i), evaluate(given.named().get(i), scope));
    }
    if (!(given.spread() instanceof Expression.Absent)) {
      positional.addAll(operators.iterate(evaluate(given.spread(), scope)));
    }
    if (!(given.spreadNamed() instanceof Expression.Absent)) {
      spread(evaluate(given.spreadNamed(), scope), named);
    }
    return new Arguments(budget, positional, named);
  }

  private void spread(Object entries, Map<String, Object> named) {
    if (!(entries instanceof Map<?, ?> map)) {
      throw budget.fail("argument after ** must be a mapping");
    }
    budget.work(map.size());
    map.forEach((name, value) -> named.put(text.str(name), value));
  }
}
