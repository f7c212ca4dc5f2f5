package bessemer.checkpoint.text.template;

/// Python's `None`, so that no value of a template is a Java null.
enum None {
  NONE
}
