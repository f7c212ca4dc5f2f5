package bessemer.checkpoint.text.template;

import bessemer.checkpoint.text.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads a template to statements.
final class StatementParser {
  private final Cursor cursor;
  private final ExpressionParser expressions;
  private int loops;

  private StatementParser(Cursor cursor) {
    this.cursor = cursor;
    this.expressions = new ExpressionParser(cursor);
  }

  static List<Statement> parse(List<Token> tokens) {
    var parser = new StatementParser(new Cursor(tokens));
    return parser.body(Set.of());
  }

  /// Statements up to a tag of `ends`, whose name is left as the current token.
  private List<Statement> body(Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    while (!cursor.at(Token.Kind.END)) {
      Token token = cursor.next();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(token.text(), token.line()));
        case VARIABLE_BEGIN -> {
          statements.add(new Statement.Output(expressions.tuple(true, ""), token.line()));
          cursor.expect(Token.Kind.VARIABLE_END);
        }
        case BLOCK_BEGIN -> {
          if (cursor.at(Token.Kind.NAME) && ends.contains(cursor.current().text())) {
            return List.copyOf(statements);
          }
          statements.add(statement());
          cursor.expect(Token.Kind.BLOCK_END);
        }
        case BLOCK_END, VARIABLE_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END ->
            throw cursor.fail("unexpected " + token.described());
      }
    }
    if (!ends.isEmpty()) {
      throw cursor.fail("Unexpected end of template; looking for " + String.join(" or ", ends));
    }
    return List.copyOf(statements);
  }

  /// The body of a tag, from the end of the opening tag on.
  private List<Statement> block(String... ends) {
    cursor.skipOperator(":");
    cursor.expect(Token.Kind.BLOCK_END);
    cursor.enter();
    List<Statement> body = body(Set.of(ends));
    cursor.leave(1);
    return body;
  }

  private List<Statement> closedBlock(String end) {
    List<Statement> body = block(end);
    cursor.next();
    return body;
  }

  private Statement statement() {
    int line = cursor.line();
    String name = cursor.name();
    return switch (name) {
      case "set" -> set(line);
      case "if" -> conditional(line);
      case "for" -> loop(line);
      case "with" -> with(line);
      case "macro" -> macro(line);
      case "call" -> call(line);
      case "print" -> print(line);
      case "filter" -> new Statement.FilterBlock(filters(), closedBlock("endfilter"), line);
      case "generation" -> new Statement.Generation(closedBlock("endgeneration"), line);
      case "break" -> inLoop(new Statement.Break(line), name);
      case "continue" -> inLoop(new Statement.Continue(line), name);
      default -> throw cursor.fail("Encountered unknown tag '%s'".formatted(name));
    };
  }

  private Statement print(int line) {
    List<Expression> parts = new ArrayList<>();
    do {
      parts.add(expressions.expression());
    } while (cursor.skipOperator(","));
    return new Statement.Output(new Expression.Concatenation(List.copyOf(parts)), line);
  }

  private Statement inLoop(Statement statement, String name) {
    if (loops == 0) {
      throw cursor.fail("'%s' outside of a loop".formatted(name));
    }
    return statement;
  }

  private Statement set(int line) {
    Target target = target(true, "=");
    if (cursor.skipOperator("=")) {
      return new Statement.Assign(target, expressions.tuple(true, ""), line);
    }
    List<Statement.FilterCall> filters = cursor.skipOperator("|") ? filters() : List.of();
    return new Statement.AssignBlock(target, filters, closedBlock("endset"), line);
  }

  private List<Statement.FilterCall> filters() {
    List<Statement.FilterCall> filters = new ArrayList<>();
    do {
      filters.add(expressions.arguments().filterCall());
    } while (cursor.skipOperator("|"));
    return List.copyOf(filters);
  }

  private Statement conditional(int line) {
    Expression test = expressions.tuple(false, "");
    List<Statement> body = block("elif", "else", "endif");
    int next = cursor.line();
    switch (cursor.name()) {
      case "elif" -> {
        cursor.enter();
        Statement otherwise = conditional(next);
        cursor.leave(1);
        return new Statement.If(test, body, List.of(otherwise), line);
      }
      case "else" -> {
        return new Statement.If(test, body, closedBlock("endif"), line);
      }
      default -> {
        return new Statement.If(test, body, List.of(), line);
      }
    }
  }

  private Statement loop(int line) {
    Target target = target(false, "in");
    cursor.expectName("in");
    Expression sequence = expressions.tuple(false, "recursive");
    Expression test = cursor.skipName("if") ? expressions.expression() : new Expression.Absent();
    if (cursor.atName("recursive")) {
      throw cursor.fail("recursive loops are not supported");
    }
    loops++;
    List<Statement> body = block("endfor", "else");
    loops--;
    List<Statement> otherwise = List.of();
    if (cursor.name().equals("else")) {
      otherwise = closedBlock("endfor");
    }
    return new Statement.For(target, sequence, test, body, otherwise, line);
  }

  private Statement with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!cursor.at(Token.Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        cursor.expectOperator(",");
      }
      targets.add(new Target.Variable(cursor.name()));
      cursor.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statement.With(
        List.copyOf(targets), List.copyOf(values), closedBlock("endwith"), line);
  }

  private Statement macro(int line) {
    String name = assignable(cursor.name());
    Header header = header();
    return closure(
        header,
        "endmacro",
        (signature, body) -> new Statement.MacroDefinition(name, signature, body, line));
  }

  private Statement call(int line) {
    Header header = cursor.atOperator("(") ? header() : new Header(List.of(), List.of());
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw cursor.fail("expected call");
    }
    return closure(
        header,
        "endcall",
        (signature, body) -> new Statement.CallBlock(signature, call, body, line));
  }

  private record Header(List<String> names, List<Expression> defaults) {}

  private interface Closure {
    Statement of(Statement.Signature signature, List<Statement> body);
  }

  /// A body that runs later: loops around it do not count, and what it reads decides whether it
  /// takes surplus arguments.
  private Statement closure(Header header, String end, Closure statement) {
    int outerLoops = loops;
    loops = 0;
    int before = expressions.namesRead().size();
    List<Statement> body = closedBlock(end);
    List<String> read = expressions.namesRead().subList(before, expressions.namesRead().size());
    loops = outerLoops;
    return statement.of(
        new Statement.Signature(
            header.names(), header.defaults(), read.contains("varargs"), read.contains("kwargs")),
        body);
  }

  private Header header() {
    List<String> names = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    cursor.expectOperator("(");
    while (!cursor.atOperator(")")) {
      if (!names.isEmpty()) {
        cursor.expectOperator(",");
      }
      names.add(assignable(cursor.name()));
      if (cursor.skipOperator("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw cursor.fail("non-default argument follows default argument");
      }
    }
    cursor.expectOperator(")");
    return new Header(List.copyOf(names), List.copyOf(defaults));
  }

  private Target target(boolean namespaces, String end) {
    List<Target> targets = new ArrayList<>();
    boolean comma = false;
    do {
      if (cursor.atName(end) || cursor.atOperator(end) || cursor.atOperator(")")) {
        break;
      }
      targets.add(singleTarget(namespaces));
      comma |= cursor.atOperator(",");
    } while (cursor.skipOperator(","));
    if (targets.isEmpty()) {
      throw cursor.fail("expected a target, got " + cursor.current().described());
    }
    return comma ? new Target.Unpack(List.copyOf(targets)) : targets.getFirst();
  }

  private Target singleTarget(boolean namespaces) {
    if (cursor.skipOperator("(")) {
      cursor.enter();
      Target inner = target(namespaces, ")");
      cursor.leave(1);
      cursor.expectOperator(")");
      return inner;
    }
    String name = assignable(cursor.name());
    if (namespaces && cursor.skipOperator(".")) {
      return new Target.NamespaceField(name, cursor.name());
    }
    return new Target.Variable(name);
  }

  private String assignable(String name) {
    if (Set.of("true", "True", "false", "False", "none", "None").contains(name)) {
      throw cursor.fail("can't assign to '%s'".formatted(name));
    }
    return name;
  }
}
