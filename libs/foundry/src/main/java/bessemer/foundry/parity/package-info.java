/// Proof that a model computes what PyTorch computed for its source: reference packs, comparisons,
/// gates, negative controls and the report.
@org.jspecify.annotations.NullMarked
package bessemer.foundry.parity;
