package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/// Where a model's constructor gets its weights, seen from one path of the model. The names are the
/// checkpoint's; the source decides what stands behind them.
public final class Params {
  private final Source source;
  private final String path;

  Params(Source source, String path) {
    this.source = source;
    this.path = path;
  }

  /// The path of what is built here, to name what it puts out.
  public String path() {
    return path;
  }

  public Params at(String name) {
    return new Params(source, join(name));
  }

  /// Makes what a constructor of a part of a model is given.
  public interface Part<T> {
    T make(int index, Params params);
  }

  /// The parts `name.0` to `name.count - 1`.
  public <T> List<T> list(String name, int count, Part<T> constructor) {
    return IntStream.range(0, count)
        .mapToObj(i -> constructor.make(i, at(name + "." + i)))
        .toList();
  }

  public Linear linear(String name, int in, int out, boolean bias) {
    return source.linear(join(name), in, out, bias);
  }

  public Embedding embedding(String name, int rows, int width) {
    return new Embedding(join(name), source.linear(join(name), width, rows, false));
  }

  public RmsNorm rmsNorm(String name, int width, float epsilon) {
    Parameter weight = source.parameter(join(name) + ".weight", Shape.of(width), Init.ones());
    return new RmsNorm(join(name), weight, epsilon);
  }

  public LayerNorm layerNorm(String name, int width, float epsilon) {
    Parameter weight = source.parameter(join(name) + ".weight", Shape.of(width), Init.ones());
    Parameter bias = source.parameter(join(name) + ".bias", Shape.of(width), Init.zeros());
    return new LayerNorm(join(name), weight, bias, epsilon);
  }

  public Rope rope(Rope.Spec spec, int width) {
    Parameter frequencies = source.constant(join("rope"), spec.frequencies(width, 0));
    return new Rope(spec, width, frequencies);
  }

  /// Positions of up to `rows` tokens and padding as a table that encoder and decoder share.
  public SinusoidalPositions sinusoidalPositions(int rows, int width, int padding) {
    if (width < 4 || width % 2 != 0) {
      throw new IllegalArgumentException("positions of width " + width + " have no two halves");
    }
    float[] values = SinusoidalPositions.table(rows, width, padding);
    Parameter table = source.constant(join("embed_positions"), values);
    return new SinusoidalPositions(join("embed_positions"), table, width, padding);
  }

  public Section section() {
    return new Section(path);
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
