/// Text in and out of a model: the tokenizer of a checkpoint, a detokenizer for streams, and the
/// chat templates that turn a conversation into a prompt.
@org.jspecify.annotations.NullMarked
package bessemer.checkpoint.text;
