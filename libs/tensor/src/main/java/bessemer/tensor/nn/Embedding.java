package bessemer.tensor.nn;

import bessemer.tensor.Tensor;

/// Rows of a table, in the type that the engine computes in where a table is of such elements: fp32
/// unless it chose otherwise. All that follows has the type of what it is given.
public record Embedding(String path, Linear table) {

  public Tensor forward(Tensor tokens) {
    Tensor rows = table.rows(tokens);
    return rows.cast(rows.engine().activations(rows.dtype())).named(path);
  }

  /// For models whose output projection is the embedding, under a path of its own.
  public Linear asLinear(String path) {
    return table.under(path);
  }
}
