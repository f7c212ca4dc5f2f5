package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Positions that are added to embeddings, as converters got them wrong.
record WrongPositions(Subject subject, TranslationModel model) {

  /// What the encoder would add if padding were words: what it adds to a source of words only.
  Feed.Outputs countingPadding(Source source) {
    int padding = model.marks().padding();
    List<List<Integer>> words =
        source.tokens().stream()
            .map(row -> row.stream().map(t -> t == padding ? padding + 1 : t).toList())
            .toList();
    int width = source.width();
    List<float[]> seen = new ArrayList<>();
    Engine engine = subject.engine();
    try (Scope _ = engine.scope();
        Trace _ =
            engine.trace((path, value) -> {
              if (isOfEncoder(path)) {
                seen.add(value.toFloats());
              }
              return value;
            })) {
      int[] lengths = new int[words.size()];
      Arrays.fill(lengths, width);
      model.encode(subject.tokens(words), lengths);
    }
    return (path, value) ->
        isOfEncoder(path) && !seen.isEmpty() ? engine.of(seen.getFirst(), value.shape()) : value;
  }

  private static boolean isOfEncoder(String path) {
    return Kind.of(path) == Kind.POSITIONS && Side.of(path) == Side.ENCODER;
  }

  /// Both stacks begin at position 0, whose sines are 0 and cosines 1; the next is that of padding,
  /// which is all zeros; what should be first comes third.
  Feed.Outputs fromZero() {
    return (path, value) -> {
      if (Kind.of(path) != Kind.POSITIONS) {
        return value;
      }
      int rows = Math.toIntExact(value.dim(0));
      int width = Math.toIntExact(value.dim(2));
      float[] first = new float[rows * 2 * width];
      for (int row = 0; row < rows; row++) {
        Arrays.fill(first, row * 2 * width + width / 2, (row * 2 + 1) * width, 1);
      }
      long length = value.dim(1);
      Tensor begun = value.engine().of(first, rows, 2, width);
      return Tensor.concat(1, begun, value).slice(1, 0, length);
    };
  }
}
