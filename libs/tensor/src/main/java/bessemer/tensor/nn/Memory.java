package bessemer.tensor.nn;

import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a decoder looks up in its sources: the keys and values of its cross-attention, computed
/// once for each source and read by all of its beams. Lives in the scope in which it was made.
///
/// Letters: N sources, B rows of a pass (as many of each source, one source after the other), L
/// queries, S keys of the longest source, H query heads, K key heads, E head width.
public final class Memory {
  /// What a layer makes of the sources, NKSE each.
  public record Layer(Tensor keys, Tensor values) {}

  /// `[1, K, S, E]`, no longer than its source.
  private record Row(Tensor keys, Tensor values) {
    Row map(UnaryOperator<Tensor> function) {
      return new Row(function.apply(keys), function.apply(values));
    }
  }

  private final List<List<Row>> layers;
  private final int[] lengths;
  private final Tensor bounds;

  private Memory(List<List<Row>> layers, int[] lengths, Tensor bounds) {
    this.layers = layers;
    this.lengths = lengths;
    this.bounds = bounds;
  }

  /// @param lengths of the sources; what lies beyond is padding
  public static Memory of(Engine engine, List<Layer> layers, int... lengths) {
    return new Memory(
        layers.stream()
            .map(layer ->
                IntStream.range(0, lengths.length)
                    .mapToObj(row ->
                        new Row(
                            row(layer.keys(), row, lengths[row]),
                            row(layer.values(), row, lengths[row])))
                    .toList())
            .toList(),
        lengths.clone(),
        bounds(engine, lengths));
  }

  private static Tensor bounds(Engine engine, int[] lengths) {
    return engine.of(lengths, lengths.length);
  }

  /// The same, rounded to a type of elements, in the scope around `made`: what made it may go.
  ///
  /// @param made the scope in which this was made, the innermost one
  public Memory kept(Scope made, KvType type) {
    UnaryOperator<Tensor> keep = tensor -> made.keep(type.rounded(tensor));
    return new Memory(
        layers.stream().map(rows -> rows.stream().map(row -> row.map(keep)).toList()).toList(),
        lengths,
        made.keep(bounds(bounds.engine(), lengths)));
  }

  /// Computes now what a lazy backend has put off.
  public void evaluate() {
    for (List<Row> rows : layers) {
      rows.forEach(row -> row.map(Tensor::evaluate));
    }
  }

  private static Tensor row(Tensor all, int row, int length) {
    Tensor one = all.dim(0) == 1 ? all : all.slice(0, row, row + 1);
    return length == all.dim(2) ? one : one.slice(2, 0, length);
  }

  /// How many sources there are.
  public int sources() {
    return lengths.length;
  }

  /// Their lengths, i32 `[N]`.
  public Tensor bounds() {
    return bounds;
  }

  /// The keys of one layer and source, `[1, K, S, E]`.
  public Tensor keys(int layer, int source) {
    return layers.get(layer).get(source).keys();
  }

  /// Some of the sources, in this order. Made in the current scope, it reads what this one holds.
  public Memory only(int... sources) {
    int[] left = IntStream.of(sources).map(source -> lengths[source]).toArray();
    return new Memory(
        layers.stream().map(rows -> IntStream.of(sources).mapToObj(rows::get).toList()).toList(),
        left,
        bounds(bounds.engine(), left));
  }

  /// These sources and then others of the same model. Made in the current scope, it reads what both
  /// hold.
  public Memory and(Memory others) {
    int[] all = IntStream.concat(IntStream.of(lengths), IntStream.of(others.lengths)).toArray();
    return new Memory(
        IntStream.range(0, layers.size())
            .mapToObj(layer ->
                Stream.concat(layers.get(layer).stream(), others.layers.get(layer).stream())
                    .toList())
            .toList(),
        all,
        bounds(bounds.engine(), all));
  }

  /// Mixes what each row's source has.
  ///
  /// @param q BHLE
  /// @return BHLE
  public Tensor attend(int layer, Tensor q, float scale) {
    long beams = q.dim(0) / sources();
    if (beams * sources() != q.dim(0)) {
      throw new IllegalArgumentException(
          q.dim(0) + " rows are not as many for each of " + sources() + " sources");
    }
    List<Row> rows = layers.get(layer);
    List<Tensor> keys = rows.stream().map(Row::keys).toList();
    List<Tensor> values = rows.stream().map(Row::values).toList();
    if (beams == 1) {
      return q.attendRows(keys, values, bounds, scale, new Mask.Padded());
    }
    long heads = q.dim(1);
    long queries = q.dim(2);
    long width = q.dim(3);
    Tensor side = q.reshape(sources(), beams, heads, queries, width).transpose(0, 2, 1, 3, 4);
    Tensor mixed = side.flatten(2, 3).attendRows(keys, values, bounds, scale, new Mask.Padded());
    return mixed
        .reshape(sources(), heads, beams, queries, width)
        .transpose(0, 2, 1, 3, 4)
        .flatten(0, 1);
  }
}
