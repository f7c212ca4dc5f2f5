package bessemer.tensor.nn;

import bessemer.tensor.DType;
import bessemer.tensor.Tensor;

/// Rows of a table, in fp32 whatever the table holds.
public record Embedding(String path, Linear table) {

  public Tensor forward(Tensor tokens) {
    return table.rows(tokens).cast(DType.F32).named(path);
  }

  /// For models whose output projection is the embedding, under a path of its own.
  public Linear asLinear(String path) {
    return table.under(path);
  }
}
