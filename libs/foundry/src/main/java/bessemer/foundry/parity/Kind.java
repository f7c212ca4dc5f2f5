package bessemer.foundry.parity;

import java.util.regex.Pattern;

/// What a component does, which decides how exactly it can be compared. Told from its path.
public enum Kind {
  EMBEDDING(".*embed_tokens|model\\.shared|(encoder|decoder)\\.embedding(\\.scaled)?"),
  POSITIONS(".*embed_positions"),
  NORM(".*norm[123]?"),
  ROPE(".*_rope"),
  SCORES(".*\\.scores"),
  SOFTMAX(".*\\.probs"),
  CONTEXT(".*\\.context"),
  LINEAR(".*_proj|.*\\.fc[12]"),
  ATTENTION(".*\\.(self|encoder|cross)_attn"),
  FEED_FORWARD(".*\\.(mlp|ffn)"),
  BLOCK(".*layers\\.\\d+"),
  LOGITS("logits"),
  OTHER(".*");

  private final Pattern paths;

  Kind(String paths) {
    this.paths = Pattern.compile(paths);
  }

  public static Kind of(String path) {
    for (Kind kind : values()) {
      if (kind.paths.matcher(path).matches()) {
        return kind;
      }
    }
    return OTHER;
  }

  /// Which axis is the length: the second, but the third where heads come before it. The norms of
  /// queries and keys see heads last, as transformers has them.
  int lengthAxis(int rank) {
    return rank == 4 && this != NORM ? 2 : 1;
  }

  /// Whether the isolated output depends on no weight that quantization touches: what goes in is
  /// PyTorch's, and all that is left is a norm's vector, or arithmetic.
  boolean isFreeOfQuantizedWeights() {
    return switch (this) {
      case POSITIONS, NORM, ROPE, SCORES, SOFTMAX, CONTEXT -> true;
      case EMBEDDING, LINEAR, ATTENTION, FEED_FORWARD, BLOCK, LOGITS, OTHER -> false;
    };
  }

  /// Whether PyTorch and we do the same few operations in nearly the same order.
  boolean isElementary() {
    return switch (this) {
      case NORM, ROPE, SOFTMAX -> true;
      case EMBEDDING,
          POSITIONS,
          SCORES,
          CONTEXT,
          LINEAR,
          ATTENTION,
          FEED_FORWARD,
          BLOCK,
          LOGITS,
          OTHER ->
          false;
    };
  }
}
