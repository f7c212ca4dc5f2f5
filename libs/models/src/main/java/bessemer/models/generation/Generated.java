package bessemer.models.generation;

import java.util.List;

/// A generated text.
///
/// @param tokens without a stop token; with those of a stop string, which the text is without
public record Generated(List<Integer> tokens, String text, Finish finish, Timings timings) {

  public Generated {
    tokens = List.copyOf(tokens);
  }

  /// Why a text ended.
  public enum Finish {
    /// A stop token or a stop string came.
    STOP,
    /// As many tokens as were wanted, or as the model has positions for.
    LENGTH,
    CANCELLED
  }
}
