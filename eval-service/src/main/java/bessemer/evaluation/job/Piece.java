package bessemer.evaluation.job;

import bessemer.foundry.evaluate.Chunk;

/// A chunk for one of the models.
///
/// @param model its place in the spec
record Piece(int model, Chunk chunk) {
  /// Sorts as the pieces do.
  String file() {
    return "%d-%06d.json".formatted(model + 1, chunk.number());
  }

  int lines() {
    return chunk.lines().size();
  }
}
