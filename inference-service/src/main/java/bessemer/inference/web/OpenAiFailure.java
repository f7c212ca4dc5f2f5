package bessemer.inference.web;

import org.jspecify.annotations.Nullable;

/// An error as OpenAI's clients read it.
public record OpenAiFailure(Error error) {

  /// @param param the field that is wrong
  public record Error(String message, String type, @Nullable String param, @Nullable String code) {}
}
