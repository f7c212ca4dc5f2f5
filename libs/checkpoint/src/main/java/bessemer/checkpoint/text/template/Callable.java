package bessemer.checkpoint.text.template;

/// What a template can call: a macro, a global function, a method of a value.
interface Callable {
  Object call(Arguments arguments);
}
