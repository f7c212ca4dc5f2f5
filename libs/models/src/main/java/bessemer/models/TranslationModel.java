package bessemer.models;

import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;

/// An encoder that reads a whole text, and a decoder that predicts the next token of its
/// translation.
public interface TranslationModel {
  /// Tokens with a meaning of their own.
  ///
  /// @param padding what fills short rows of a source
  /// @param start what every translation begins with, before its language
  /// @param end what ends it
  record Marks(int padding, int start, int end) {}

  /// How hypotheses of a beam search end. Under all rules the best `2 * beams` continuations of the
  /// running hypotheses are looked at, and the best `beams` of those that do not end run on.
  enum BeamRules {
    /// Those of transformers: an ending continuation counts if it is among the best `beams`;
    /// lengths are without the start token; at the longest length all that run end.
    TRANSFORMERS,
    /// Those of LingoLite: every ending continuation counts; lengths are with the start token; what
    /// still runs at the longest length is compared with what ended.
    LINGO_LITE
  }

  /// Reads sources, and makes what decoding looks up in them.
  ///
  /// @param tokens i32 `[N, S]`, each row padded at its end
  /// @param lengths of the rows
  Memory encode(Tensor tokens, int... lengths);

  /// Logits in fp32: BLV, or `[B, 1, V]` where only the last are wanted.
  default Tensor forward(Pass pass, Memory memory, Want want) {
    Tensor h = states(pass, memory);
    return logits(want == Want.LAST ? pass.last(h) : h);
  }

  /// What the decoder's last block puts out, BLD.
  ///
  /// @param pass of as many rows for each source, one source after the other
  Tensor states(Pass pass, Memory memory);

  /// What such states, `[.., D]`, say of the next token: `[.., V]` in fp32.
  Tensor logits(Tensor states);

  int vocabulary();

  /// Tokens that the model was made for, in a source and in a translation each.
  int contextLength();

  Marks marks();

  default BeamRules beamRules() {
    return BeamRules.TRANSFORMERS;
  }
}
