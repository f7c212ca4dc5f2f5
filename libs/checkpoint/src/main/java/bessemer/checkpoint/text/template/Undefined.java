package bessemer.checkpoint.text.template;

/// A name, key or attribute that is not there. It prints as nothing, is false and empty; any other
/// use fails with `message`.
record Undefined(String message) {
  static Undefined name(String name) {
    return new Undefined("'%s' is undefined".formatted(name));
  }
}
