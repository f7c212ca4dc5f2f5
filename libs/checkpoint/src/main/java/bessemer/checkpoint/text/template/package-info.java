/// The part of Jinja that chat templates use, as transformers configures it: a lexer, a parser to
/// records, and an evaluator with Python's semantics. Templates come from strangers, so they reach
/// nothing but the values they are given, and spend no more than a [Limits] allows.
@org.jspecify.annotations.NullMarked
package bessemer.checkpoint.text.template;
