package bessemer.tensor.nn;

import bessemer.tensor.Tensor;

public record Embedding(String path, Linear table) {

  public Tensor forward(Tensor tokens) {
    return table.rows(tokens).named(path);
  }

  /// For models whose output projection is the embedding.
  public Linear asLinear() {
    return table;
  }
}
