package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/// One forward pass of the model under test beside a case of the pack. Each component is compared
/// as it comes and let go; no more than one is in memory twice.
final class ComponentRun implements Trace.Observer {
  enum Mode {
    /// Every component receives what our components before it put out.
    ACCUMULATED,
    /// Every component receives what PyTorch's components before it put out.
    ISOLATED
  }

  /// @param components figures by path, in our order of execution
  /// @param misshapen what could not be compared, and why, by path
  /// @param logits [Figures] of the logits
  record Result(
      SequencedMap<String, Figures> components,
      Map<String, String> misshapen,
      Figures logits,
      LogitFigures predictions,
      double crossEntropy) {}

  /// Logits beyond this number are not made for all positions of a case that records only some.
  private static final long MANY_LOGITS = 1L << 28;

  private final Subject subject;
  private final ReferencePack pack;
  private final Case recorded;
  private final Mode mode;
  private final Map<String, Component> expected = new HashMap<>();
  private final SequencedMap<String, Figures> figures = new LinkedHashMap<>();
  private final Map<String, String> misshapen = new TreeMap<>();
  private Feed.Outputs outputs = (_, value) -> value;

  ComponentRun(Subject subject, ReferencePack pack, Case recorded, Mode mode) {
    if (mode == Mode.ISOLATED && recorded.isPartial()) {
      throw new IllegalArgumentException(
          "case " + recorded.name() + " records some positions only: nothing to isolate with");
    }
    this.subject = subject;
    this.pack = pack;
    this.recorded = recorded;
    this.mode = mode;
    recorded.components().forEach(component -> expected.put(component.path(), component));
  }

  Result run() {
    return run(Feed.of(recorded));
  }

  /// @param feed of the case, or one with a mistake
  Result run(Feed feed) {
    Engine engine = subject.engine();
    outputs = feed.outputs();
    try (Arena arena = Arena.ofConfined();
        Scope _ = engine.scope()) {
      Want want = lastOnly() ? Want.LAST : Want.ALL;
      Tensor logits;
      try (Trace _ = engine.trace(this)) {
        BiFunction<Pass, Want, Tensor> forward = subject.after(feed.source());
        Pass made = feed.pass().apply(subject.tokens(feed.tokens()));
        logits = forward.apply(made, want);
      }
      return result(want == Want.ALL ? selected(logits, "logits") : logits, arena);
    }
  }

  private boolean lastOnly() {
    long all = recorded.rows() * (long) recorded.length() * recorded.logits().shape().dim(-1);
    return recorded.isPartial()
        && recorded.positions().getLast() == recorded.length() - 1
        && all > MANY_LOGITS;
  }

  private Result result(Tensor logits, Arena arena) {
    Shape shape = recorded.logits().shape();
    MemorySegment reference = pack.values(recorded.logits());
    if (!logits.shape().equals(shape)) {
      reference = lastRows(reference, shape, arena);
      shape = shape.with(1, 1);
    }
    if (!logits.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "%s: the model's logits are %s, PyTorch's %s".formatted(recorded.name(), logits, shape));
    }
    MemorySegment ours = host(logits, arena);
    int vocabulary = Math.toIntExact(shape.dim(-1));
    return new Result(
        figures,
        misshapen,
        Comparison.of(ours, reference, shape),
        LogitFigures.of(ours, reference, vocabulary),
        CrossEntropy.of(ours, recorded, vocabulary));
  }

  private static MemorySegment lastRows(MemorySegment values, Shape shape, Arena arena) {
    long width = 4 * shape.dim(2);
    MemorySegment last = arena.allocate(shape.dim(0) * width, 64);
    for (long row = 0; row < shape.dim(0); row++) {
      long from = (row * shape.dim(1) + shape.dim(1) - 1) * width;
      MemorySegment.copy(values, from, last, row * width, width);
    }
    return last;
  }

  @Override
  public boolean wants(String path) {
    return expected.containsKey(path) && !figures.containsKey(path);
  }

  /// A path that is reported again is not compared again: a tied output projection carries the
  /// embedding's path.
  @Override
  public Tensor output(String path, Tensor shown) {
    Tensor value = outputs.of(path, shown);
    Component component = expected.get(path);
    if (component == null || figures.containsKey(path) || misshapen.containsKey(path)) {
      return value;
    }
    try (Arena arena = Arena.ofConfined();
        Scope _ = subject.engine().scope()) {
      Tensor ours = selected(value, path);
      if (!ours.shape().equals(component.shape())) {
        misshapen.put(path, "ours is " + ours.shape() + ", PyTorch's " + component.shape());
        return value;
      }
      MemorySegment reference = pack.values(component);
      figures.put(path, Comparison.of(host(ours, arena), reference, component.shape()));
    }
    return mode == Mode.ISOLATED ? given(component, value.dtype()) : value;
  }

  private Tensor given(Component component, DType dtype) {
    Spec spec = new Spec(DType.F32, component.shape());
    return subject.engine().copy(pack.values(component), spec).cast(dtype);
  }

  /// The recorded positions of a value.
  private Tensor selected(Tensor value, String path) {
    Side side = Side.of(path);
    List<Integer> positions = recorded.positions(side);
    int axis = Kind.of(path).lengthAxis(value.shape().rank());
    boolean whole = value.shape().rank() >= 3 && value.dim(axis) == recorded.length(side);
    if (positions.isEmpty() || !whole) {
      return value;
    }
    Tensor[] rows = new Tensor[positions.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = value.slice(axis, positions.get(i), positions.get(i) + 1);
    }
    return Tensor.concat(axis, rows);
  }

  private static MemorySegment host(Tensor value, Arena arena) {
    MemorySegment copy = arena.allocate(4 * value.shape().size(), 64);
    value.cast(DType.F32).read(copy);
    return copy;
  }
}
