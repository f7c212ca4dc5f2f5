package bessemer.checkpoint.text.template;

import java.util.List;

/// What stands for a value.
sealed interface Expression {
  /// A constant: text, number, boolean or [None].
  record Literal(Object value) implements Expression {}

  record Name(String name) implements Expression {}

  record ListOf(List<Expression> items) implements Expression {}

  record TupleOf(List<Expression> items) implements Expression {}

  /// Keys and values at the same positions.
  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

  record Not(Expression operand) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  /// `-` or `+` before a value.
  record Unary(String operator, Expression operand) implements Expression {}

  record Binary(String operator, Expression left, Expression right) implements Expression {}

  /// `a < b <= c`: as many operators as right operands.
  record Comparison(Expression first, List<String> operators, List<Expression> rest)
      implements Expression {}

  /// Values joined as text by `~`.
  record Concatenation(List<Expression> parts) implements Expression {}

  /// `value if test else otherwise`; without an else part, `otherwise` is [Absent].
  record Conditional(Expression test, Expression value, Expression otherwise)
      implements Expression {}

  /// An optional part that is not there.
  record Absent() implements Expression {}

  /// `object.name`.
  record Attribute(Expression object, String name) implements Expression {}

  /// `object[index]`.
  record Item(Expression object, Expression index) implements Expression {}

  /// `start:stop:step` between brackets; missing parts are [Absent].
  record Slice(Expression start, Expression stop, Expression step) implements Expression {}

  record Call(Expression callee, CallArguments arguments) implements Expression {}

  record Filter(Expression value, String name, CallArguments arguments) implements Expression {}

  record Test(Expression value, String name, CallArguments arguments) implements Expression {}

  /// The arguments of a call: by position, by name, and spread from a sequence and a mapping.
  record CallArguments(
      List<Expression> positional,
      List<String> names,
      List<Expression> named,
      Expression spread,
      Expression spreadNamed) {
    static final CallArguments NONE =
        new CallArguments(List.of(), List.of(), List.of(), new Absent(), new Absent());
  }
}
