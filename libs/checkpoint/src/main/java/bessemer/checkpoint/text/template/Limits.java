package bessemer.checkpoint.text.template;

/// What one rendering may use.
///
/// @param templateLength characters of source
/// @param outputLength characters of the result
/// @param steps evaluated nodes and iterations, counting long operations by their length
/// @param work characters and elements that all operations together may read or make
/// @param depth nested evaluations, which bounds the stack
public record Limits(int templateLength, int outputLength, long steps, long work, int depth) {
  public static final Limits DEFAULT = new Limits(1 << 20, 8 << 20, 5_000_000, 256L << 20, 250);

  public Limits {
    if (templateLength < 1 || outputLength < 1 || steps < 1 || work < 1 || depth < 1) {
      throw new IllegalArgumentException("Limits must be positive");
    }
  }
}
