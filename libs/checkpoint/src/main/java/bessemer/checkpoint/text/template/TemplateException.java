package bessemer.checkpoint.text.template;

/// A chat template that cannot be read or rendered, or that refuses its conversation through
/// `raise_exception`. The only exception that templates cause.
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final int line;

  TemplateException(String reason, int line) {
    super("Chat template, line %d: %s".formatted(line, reason));
    this.reason = reason;
    this.line = line;
  }

  /// What went wrong, without the place; for `raise_exception` the template's own words.
  public String reason() {
    return reason;
  }

  /// The line of the template, from 1.
  public int line() {
    return line;
  }
}
