package bessemer.models.translation;

import java.util.List;

/// Follows the texts of one search, by their numbers in it. Called on the engine's thread.
public interface Watch {
  /// Nobody looks, and every text is wanted.
  Watch NONE =
      new Watch() {
        @Override
        public void found(int text, List<Hypothesis> hypotheses) {}

        @Override
        public boolean unwanted(int text) {
          return false;
        }
      };

  /// A text is done, while others may go on.
  ///
  /// @param hypotheses of it, the best first
  void found(int text, List<Hypothesis> hypotheses);

  /// Whether nobody waits for this text any more: asked at each step of a text that is not done.
  /// One that is not wanted leaves the search and has no hypotheses.
  boolean unwanted(int text);
}
