package bessemer.tensor.nn;

import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache.KeyValues;
import bessemer.tensor.nn.KvCache.Sequence;
import java.util.ArrayList;
import java.util.List;

/// Tokens that continue sequences of a cache, one sequence a row. Each row attends over its own
/// length; the products around attention run over all rows at once.
final class CachedPass implements Pass {
  /// @param count tokens of the row; the rest of its line is padding
  /// @param offset where the row's tokens begin, i32 `[1]`
  record Row(Sequence sequence, int count, int end, Tensor offset) {}

  private final KvCache cache;
  private final Tensor tokens;
  private final Tensor offsets;
  private final List<Row> rows;
  private final boolean alike; // no row is padded

  CachedPass(KvCache cache, Tensor tokens, Tensor offsets, List<Row> rows) {
    this.cache = cache;
    this.tokens = tokens;
    this.offsets = offsets;
    this.rows = rows;
    this.alike = rows.stream().allMatch(row -> row.count() == tokens.dim(1));
  }

  @Override
  public Tensor tokens() {
    return tokens;
  }

  @Override
  public Tensor offsets() {
    return offsets;
  }

  @Override
  public long end() {
    int end = 0;
    for (Row row : rows) {
      end = Math.max(end, row.end());
    }
    return end;
  }

  @Override
  public Tensor attend(int layer, Tensor q, Tensor k, Tensor v, float scale, Mask mask) {
    return alike ? together(layer, q, k, v, scale, mask) : padded(layer, q, k, v, scale, mask);
  }

  /// Rows of as many tokens each: appended one by one, and mixed at once.
  private Tensor together(int layer, Tensor q, Tensor k, Tensor v, float scale, Mask mask) {
    if (rows.size() == 1) { // without lists: most of what is decoded is a row alone
      KeyValues seen = cache.append(rows.getFirst(), layer, k, v);
      return q.attendRows(List.of(seen.keys()), List.of(seen.values()), offsets, scale, mask);
    }
    List<Tensor> keys = new ArrayList<>();
    List<Tensor> values = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      KeyValues seen = cache.append(row, layer, line(k, i, row), line(v, i, row));
      keys.add(seen.keys());
      values.add(seen.values());
    }
    return q.attendRows(keys, values, offsets, scale, mask);
  }

  /// Rows of which some are padded: each over its own tokens only.
  private Tensor padded(int layer, Tensor q, Tensor k, Tensor v, float scale, Mask mask) {
    Tensor[] mixed = new Tensor[rows.size()];
    for (int i = 0; i < mixed.length; i++) {
      Row row = rows.get(i);
      KeyValues all = cache.append(row, layer, line(k, i, row), line(v, i, row));
      Tensor keys = all.keys().slice(2, 0, row.end());
      Tensor values = all.values().slice(2, 0, row.end());
      Tensor queries = line(q, i, row);
      mixed[i] = padded(queries.attend(keys, values, row.offset(), scale, mask), q);
    }
    return Tensor.concat(0, mixed);
  }

  private static Tensor line(Tensor x, int i, Row row) {
    Tensor line = x.dim(0) == 1 ? x : x.slice(0, i, i + 1);
    return row.count() == x.dim(2) ? line : line.slice(2, 0, row.count());
  }

  private static Tensor padded(Tensor line, Tensor like) {
    long missing = like.dim(2) - line.dim(2);
    if (missing == 0) {
      return line;
    }
    Engine engine = like.engine();
    Tensor zeros = engine.fill(0, 1, like.dim(1), missing, like.dim(3)).cast(line.dtype());
    return Tensor.concat(2, line, zeros);
  }

  @Override
  public Tensor last(Tensor h) {
    Tensor[] last = new Tensor[rows.size()];
    for (int i = 0; i < last.length; i++) {
      int count = rows.get(i).count();
      last[i] = (last.length == 1 ? h : h.slice(0, i, i + 1)).slice(1, count - 1, count);
    }
    return Tensor.concat(0, last);
  }
}
