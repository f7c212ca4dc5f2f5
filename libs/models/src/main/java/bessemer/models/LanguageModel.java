package bessemer.models;

import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;

/// A decoder that predicts the next token.
public interface LanguageModel {
  /// The path under which logits are shown to a trace.
  String LOGITS = "lm_head";

  /// Logits in fp32: BLV, or `[B, 1, V]` where only the last are wanted.
  default Tensor forward(Pass pass, Want want) {
    Tensor h = states(pass);
    return logits(want == Want.LAST ? pass.last(h) : h);
  }

  /// What the last block puts out, BLD.
  Tensor states(Pass pass);

  /// What such states, `[.., D]`, say of the next token: `[.., V]` in fp32. Each row stands for
  /// itself, so some may be asked for at a time.
  Tensor logits(Tensor states);

  int vocabulary();

  int layers();

  /// Positions that the model was made for.
  int contextLength();

  /// Whether the angles of positions depend on how far a pass reaches (dynamic and long rotary
  /// scaling). A prompt must then be a single pass, and what a cache holds is of no use to another.
  boolean dependsOnLength();
}
