package bessemer.tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An observer of what layers put out, by path, in order: all that parity reports and debugging
/// need. While it is open, the engine shows it every [Tensor#named] value.
public final class Trace implements AutoCloseable {
  /// Sees an output before the next layer does. What it returns goes on in its place: the value
  /// itself to watch, another of the same shape to isolate what follows from errors so far.
  public interface Observer {
    Tensor output(String path, Tensor value);

    /// Whether values are to be made for this path that the computation does not need itself, such
    /// as attention scores, which a fused kernel never writes down.
    default boolean wants(String path) {
      return false;
    }
  }

  /// Remembers every output for as long as the scope lives in which the recording was made.
  public static final class Recording implements Observer {
    private final Scope home;
    private final Map<String, Tensor> outputs = new LinkedHashMap<>();

    public Recording(Scope home) {
      this.home = home;
    }

    @Override
    public Tensor output(String path, Tensor value) {
      outputs.put(path, home.hold(value));
      return value;
    }

    @Override
    public boolean wants(String path) {
      return true;
    }

    public Map<String, Tensor> outputs() {
      return Collections.unmodifiableMap(outputs);
    }
  }

  private final Engine engine;
  private final Observer observer;
  private final @Nullable Trace outer;

  Trace(Engine engine, Observer observer, @Nullable Trace outer) {
    this.engine = engine;
    this.observer = observer;
    this.outer = outer;
  }

  /// Whether the observer wants a value for this path.
  public boolean wants(String path) {
    return observer.wants(path);
  }

  Tensor output(String path, Tensor value) {
    Tensor next = observer.output(path, value);
    if (!next.spec().equals(value.spec())) {
      throw new IllegalArgumentException(
          path + ": the trace gave " + next.spec() + " for " + value.spec());
    }
    return next;
  }

  @Override
  public void close() {
    engine.end(this, outer);
  }
}
