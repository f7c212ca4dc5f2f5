package bessemer.foundry.score;

/// The score of a resampled corpus.
///
/// @param single whether numpy holds it as float32, which what is computed from it inherits
record Sample(double value, boolean single) {}
