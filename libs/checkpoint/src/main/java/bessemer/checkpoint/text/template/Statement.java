package bessemer.checkpoint.text.template;

import java.util.List;

/// What a template does, with the line it stands on.
sealed interface Statement {
  int line();

  record Data(String text, int line) implements Statement {}

  record Output(Expression value, int line) implements Statement {}

  record Assign(Target target, Expression value, int line) implements Statement {}

  /// `{% set target | filters %}body{% endset %}`.
  record AssignBlock(Target target, List<FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  record If(Expression test, List<Statement> body, List<Statement> otherwise, int line)
      implements Statement {}

  /// `test` is absent for a loop without `if`.
  record For(
      Target target,
      Expression sequence,
      Expression test,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  record MacroDefinition(String name, Signature signature, List<Statement> body, int line)
      implements Statement {}

  record CallBlock(Signature signature, Expression.Call call, List<Statement> body, int line)
      implements Statement {}

  record FilterBlock(List<FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  /// `{% generation %}`: marks what the model wrote; renders as its body.
  record Generation(List<Statement> body, int line) implements Statement {}

  record FilterCall(String name, Expression.CallArguments arguments) {}

  /// The parameters of a macro. The last ones have `defaults`; surplus arguments are an error
  /// unless the body reads `varargs` or `kwargs`.
  record Signature(
      List<String> names, List<Expression> defaults, boolean varargs, boolean kwargs) {}

  /// Where a value goes.
  sealed interface Target {
    record Variable(String name) implements Target {}

    record NamespaceField(String namespace, String field) implements Target {}

    record Unpack(List<Target> targets) implements Target {}
  }
}
