package bessemer.inference.openai;

import bessemer.models.generation.Sampling;
import java.util.List;
import java.util.Map;

/// What a request asks for, checked but for what only the model knows.
///
/// @param maxTokens 0 for as many as the model has room for
/// @param ignoreEnd goes on after the model's end tokens, to measure
record Asked(
    String model,
    Input input,
    int maxTokens,
    Sampling sampling,
    List<String> stops,
    boolean ignoreEnd,
    boolean stream,
    boolean includeUsage) {

  /// What the model continues.
  sealed interface Input {
    /// A conversation to answer.
    ///
    /// @param variables for the chat template
    record Chat(List<Map<String, Object>> messages, Map<String, Object> variables)
        implements Input {}

    /// Texts to continue, one by one.
    record Texts(List<String> prompts) implements Input {}

    /// The same as tokens.
    record Tokens(List<List<Integer>> prompts) implements Input {}
  }
}
