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
}
