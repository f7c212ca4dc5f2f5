package bessemer.checkpoint.text.template;

/// What is left of the [Limits] during one rendering, and the line it has reached.
final class Budget {
  private final Limits limits;
  private long steps;
  private long work;
  private int depth;
  private int line = 1;

  Budget(Limits limits) {
    this.limits = limits;
  }

  void step() {
    if (++steps > limits.steps()) {
      throw fail("stopped after %,d steps".formatted(limits.steps()));
    }
  }

  /// Counts characters or elements before they are read or made.
  void work(long amount) {
    work += amount;
    if (amount < 0 || work > limits.work()) {
      throw fail("stopped after work on %,d characters".formatted(limits.work()));
    }
  }

  void enter() {
    step();
    if (++depth > limits.depth()) {
      throw fail("nested more than %d deep".formatted(limits.depth()));
    }
  }

  void leave() {
    depth--;
  }

  void output(int length) {
    if (length > limits.outputLength()) {
      throw fail("output longer than %,d characters".formatted(limits.outputLength()));
    }
  }

  int line() {
    return line;
  }

  void at(int line) {
    this.line = line;
  }

  TemplateException fail(String reason) {
    return new TemplateException(reason, line);
  }
}
