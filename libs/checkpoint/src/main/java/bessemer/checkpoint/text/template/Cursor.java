package bessemer.checkpoint.text.template;

import java.util.List;

/// A place in the tokens of a template.
final class Cursor {
  private static final int DEEPEST = 150;

  private final List<Token> tokens;
  private int position;
  private int depth;

  Cursor(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(position);
  }

  Token ahead() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  Token next() {
    Token token = current();
    if (token.kind() != Token.Kind.END) {
      position++;
    }
    return token;
  }

  boolean at(Token.Kind kind) {
    return current().kind() == kind;
  }

  boolean atName(String name) {
    return current().is(Token.Kind.NAME, name);
  }

  boolean atOperator(String operator) {
    return current().is(Token.Kind.OPERATOR, operator);
  }

  boolean skipName(String name) {
    boolean found = atName(name);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = atOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw fail("expected token '%s', got %s".formatted(operator, current().described()));
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw fail("expected token '%s', got %s".formatted(name, current().described()));
    }
  }

  String name() {
    Token token = next();
    if (token.kind() != Token.Kind.NAME) {
      throw fail("expected a name, got " + token.described());
    }
    return token.text();
  }

  void expect(Token.Kind kind) {
    if (!at(kind)) {
      Token expected = new Token(kind, "", line());
      throw fail("expected %s, got %s".formatted(expected.described(), current().described()));
    }
    next();
  }

  /// Counts one level of nesting; long chains of operators nest too.
  void enter() {
    if (++depth > DEEPEST) {
      throw fail("nested more than %d deep".formatted(DEEPEST));
    }
  }

  void leave(int levels) {
    depth -= levels;
  }

  TemplateException fail(String reason) {
    return new TemplateException(reason, line());
  }
}
