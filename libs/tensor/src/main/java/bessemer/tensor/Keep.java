package bessemer.tensor;

/// What is kept of a computation until its gradient is known. The gradient is the same to the bit.
public enum Keep {
  /// All that gradients read.
  ALL,
  /// What goes into a section; the section is computed a second time for its gradient: memory of
  /// one section instead of all, for one more forward pass.
  SECTIONS
}
