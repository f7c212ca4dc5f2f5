package bessemer.foundry.parity;

import java.util.regex.Pattern;

/// Whose tokens the rows of a component stand for, told from its path. Cross-attention has its
/// queries from the decoder, and its keys and values from the encoder.
enum Side {
  ENCODER("(.*\\.)?encoder\\..*|.*\\.(encoder|cross)_attn\\.[kv]_proj"),
  /// Of a translator, or the whole of a language model.
  DECODER(".*");

  private final Pattern paths;

  Side(String paths) {
    this.paths = Pattern.compile(paths);
  }

  static Side of(String path) {
    return ENCODER.paths.matcher(path).matches() ? ENCODER : DECODER;
  }
}
