package bessemer.checkpoint.text.template;

/// One token. `text` is the name, the operator, the unescaped string, the digits or the data.
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    VARIABLE_BEGIN,
    VARIABLE_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind kind, String text) {
    return this.kind == kind && this.text.equals(text);
  }

  String described() {
    return switch (kind) {
      case END -> "end of template";
      case BLOCK_END -> "end of statement block";
      case VARIABLE_END -> "end of print statement";
      case DATA, BLOCK_BEGIN, VARIABLE_BEGIN, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
          "'" + text + "'";
    };
  }
}
