package bessemer.checkpoint.text.template;

import bessemer.checkpoint.text.template.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs the statements of one rendering.
final class Evaluator {
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Operators operators;
  private final PythonText text;
  private final Expressions expressions;

  Evaluator(Budget budget, Operators operators, PythonText text) {
    this.budget = budget;
    this.operators = operators;
    this.text = text;
    this.expressions = new Expressions(budget, operators, text);
  }

  /// What `statements` write.
  String render(List<Statement> statements, Scope scope) {
    var out = new StringBuilder();
    execute(statements, scope, out);
    return out.toString();
  }

  private Flow execute(List<Statement> statements, Scope scope, StringBuilder out) {
    for (Statement statement : statements) {
      budget.enter();
      budget.at(statement.line());
      Flow flow = execute(statement, scope, out);
      budget.leave();
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow execute(Statement statement, Scope scope, StringBuilder out) {
    switch (statement) {
      case Statement.Data(var data, _) -> write(data, out);
      case Statement.Output(var value, _) ->
          write(text.str(expressions.evaluate(value, scope)), out);
      case Statement.Assign(var target, var value, _) ->
          assign(target, expressions.evaluate(value, scope), scope);
      case Statement.AssignBlock(var target, var filters, var body, _) ->
          assign(target, filtered(filters, body, scope), scope);
      case Statement.If(var test, var body, var otherwise, _) -> {
        boolean holds = Operators.truth(expressions.evaluate(test, scope));
        return execute(holds ? body : otherwise, scope, out);
      }
      case Statement.For loop -> loop(loop, scope, out);
      case Statement.With(var targets, var values, var body, _) -> {
        var inner = new Scope(scope);
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), expressions.evaluate(values.get(i), scope), inner);
        }
        return execute(body, inner, out);
      }
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
      case Statement.MacroDefinition(var name, var signature, var body, _) ->
          scope.set(name, macro(name, signature, body, scope));
      case Statement.CallBlock block -> call(block, scope, out);
      case Statement.FilterBlock(var filters, var body, _) ->
          write(text.str(filtered(filters, body, scope)), out);
      case Statement.Generation(var body, _) -> write(render(body, new Scope(scope)), out);
    }
    return Flow.NEXT;
  }

  private void write(String piece, StringBuilder out) {
    budget.work(piece.length());
    budget.output(out.length() + piece.length());
    out.append(piece);
  }

  private Object filtered(List<Statement.FilterCall> filters, List<Statement> body, Scope scope) {
    Object value = render(body, new Scope(scope));
    for (Statement.FilterCall filter : filters) {
      value = expressions.filter(filter, value, scope);
    }
    return value;
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Variable(var name) -> scope.set(name, value);
      case Target.NamespaceField(var name, var field) -> {
        if (!(scope.get(name) instanceof Namespace namespace)) {
          throw budget.fail("cannot assign attribute on non-namespace object");
        }
        namespace.set(budget, field, value);
      }
      case Target.Unpack(var targets) -> {
        List<Object> values = operators.iterate(value);
        if (values.size() != targets.size()) {
          throw budget.fail(
              "cannot unpack %d values into %d names".formatted(values.size(), targets.size()));
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }

  private void loop(Statement.For loop, Scope scope, StringBuilder out) {
    List<Object> items = selected(loop, scope);
    if (items.isEmpty()) {
      execute(loop.otherwise(), new Scope(scope), out);
      return;
    }
    var state = new LoopState(items, operators);
    for (Object item : items) {
      state.advance();
      budget.step();
      var inner = new Scope(scope);
      inner.set("loop", state);
      assign(loop.target(), item, inner);
      if (execute(loop.body(), inner, out) == Flow.BREAK) {
        break;
      }
      budget.at(loop.line());
    }
  }

  private List<Object> selected(Statement.For loop, Scope scope) {
    List<Object> items = operators.iterate(expressions.evaluate(loop.sequence(), scope));
    if (loop.test() instanceof Expression.Absent) {
      return items;
    }
    List<Object> selected = new ArrayList<>();
    for (Object item : items) {
      var inner = new Scope(scope);
      assign(loop.target(), item, inner);
      if (Operators.truth(expressions.evaluate(loop.test(), inner))) {
        selected.add(item);
      }
    }
    return selected;
  }

  private void call(Statement.CallBlock block, Scope scope, StringBuilder out) {
    Callable caller = macro("caller", block.signature(), block.body(), scope);
    Object function = expressions.evaluate(block.call().callee(), scope);
    Arguments given = expressions.arguments(block.call().arguments(), scope);
    Map<String, Object> named = new LinkedHashMap<>(given.named());
    named.put("caller", caller);
    Object result = expressions.invoke(function, new Arguments(budget, given.positional(), named));
    write(text.str(result), out);
  }

  private Callable macro(
      String name, Statement.Signature signature, List<Statement> body, Scope definition) {
    return arguments -> {
      int line = budget.line();
      Scope inner = bind(name, signature, arguments, definition);
      String result = render(body, inner);
      budget.at(line);
      return result;
    };
  }

  private Scope bind(
      String name, Statement.Signature signature, Arguments arguments, Scope definition) {
    var inner = new Scope(definition);
    List<String> names = signature.names();
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    int given = Math.min(names.size(), arguments.positional().size());
    for (int i = 0; i < names.size(); i++) {
      String parameter = names.get(i);
      Object value = i < given ? arguments.positional().get(i) : named.remove(parameter);
      inner.set(parameter, value != null ? value : missing(signature, i, inner));
    }
    Object caller = named.remove("caller");
    inner.set("caller", caller != null ? caller : new Undefined("No caller defined"));
    surplus(name, signature, arguments.after(names.size()).positional(), named, inner);
    return inner;
  }

  private Object missing(Statement.Signature signature, int index, Scope inner) {
    int first = signature.names().size() - signature.defaults().size();
    return index >= first
        ? expressions.evaluate(signature.defaults().get(index - first), inner)
        : new Undefined("parameter '%s' was not provided".formatted(signature.names().get(index)));
  }

  private void surplus(
      String name,
      Statement.Signature signature,
      List<Object> positional,
      Map<String, Object> named,
      Scope inner) {
    if (signature.varargs()) {
      inner.set("varargs", new Tuple(positional));
    } else if (!positional.isEmpty()) {
      throw budget.fail(
          "macro '%s' takes not more than %d argument(s)"
              .formatted(name, signature.names().size()));
    }
    if (signature.kwargs()) {
      inner.set("kwargs", new LinkedHashMap<Object, Object>(named));
    } else if (!named.isEmpty()) {
      throw budget.fail(
          "macro '%s' takes no keyword argument '%s'"
              .formatted(name, named.keySet().iterator().next()));
    }
  }
}
