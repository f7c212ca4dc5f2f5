package bessemer.foundry.parity;

import bessemer.foundry.parity.Defect.Change;
import bessemer.foundry.parity.Defect.Impossible;
import bessemer.foundry.parity.Defect.Planted;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import bessemer.foundry.parity.Weights.Rounding;
import bessemer.tensor.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Mistakes in the weights of one attention of a block, and of what else is in the block.
final class Defects {
  /// @param block its path
  /// @param attention its name in the block
  /// @param norm the name of what the attention reads
  record Place(String block, String attention, String norm) {}

  private static final int MARGIN = 8; // a perturbation moves its component to 8 times the gate

  private final Subject subject;
  private final ReferencePack pack;
  private final Case recorded;
  private final Tolerances tolerances;
  private final Place place;
  private final String block;

  Defects(Subject subject, ReferencePack pack, Case recorded, Tolerances tolerances, Place place) {
    this.subject = subject;
    this.pack = pack;
    this.recorded = recorded;
    this.tolerances = tolerances;
    this.place = place;
    this.block = place.block();
  }

  /// One number of the query projection; of the norm before it where the projection is quantized.
  Defect perturbedWeight() {
    Optional<Parameter> queries = projection("q_proj");
    Optional<Parameter> norm = named(place.norm() + ".weight");
    if (queries.isPresent()) {
      return perturbed(queries.get(), place.norm(), place.attention() + ".q_proj");
    }
    if (norm.isPresent()) {
      return perturbed(norm.get(), place.norm(), place.norm());
    }
    return new Impossible(block + " has neither a dense q_proj nor an " + place.norm());
  }

  /// @param driver the component whose largest value multiplies the perturbed number
  /// @param target the component that is to leave its gate
  private Defect perturbed(Parameter parameter, String driver, String target) {
    float[] value = parameter.value().toFloats();
    Optional<Component> driving = recorded.component(block + "." + driver);
    Optional<Component> hit = recorded.component(block + "." + target);
    int column = 0;
    float step = largest(value);
    if (driving.isPresent() && hit.isPresent()) {
      MemorySegment input = pack.values(driving.get());
      long at = largest(input, driving.get());
      column = (int) (at % driving.get().shape().dim(-1));
      double bound = bound(hit.get());
      double size = Math.abs(input.getAtIndex(Comparison.F32, at));
      double scale = driver.equals(target) ? value[column] : 1;
      step = (float) (MARGIN * bound * scale / Math.max(size, Double.MIN_NORMAL));
    }
    float[] direction = new float[value.length];
    direction[column] = step;
    String what = parameter.path() + "[" + column + "] changed by " + step;
    return new Planted(subject.engine(), what, List.of(new Change(parameter, value, direction)));
  }

  private double bound(Component component) {
    MemorySegment values = pack.values(component);
    double largest = Math.abs(values.getAtIndex(Comparison.F32, largest(values, component)));
    double gate = tolerances.isolated(Kind.of(component.path())).map(Tolerance::gate).orElse(1.0);
    return gate * Math.max(1, largest);
  }

  private static long largest(MemorySegment values, Component component) {
    long at = 0;
    for (long i = 1; i < component.shape().size(); i++) {
      float value = Math.abs(values.getAtIndex(Comparison.F32, i));
      at = value > Math.abs(values.getAtIndex(Comparison.F32, at)) ? i : at;
    }
    return at;
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  Defect transposedMatrix() {
    Optional<Parameter> square =
        Stream.of("q_proj", "o_proj", "k_proj", "v_proj", "gate_proj", "up_proj", "down_proj")
            .map(this::matrix)
            .flatMap(Optional::stream)
            .filter(matrix -> matrix.shape().dim(0) == matrix.shape().dim(1))
            .findFirst();
    if (square.isEmpty()) {
      return new Impossible("no dense matrix of " + block + " is square");
    }
    int n = Math.toIntExact(square.get().shape().dim(0));
    float[] value = square.get().value().toFloats();
    float[] transposed = new float[value.length];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        transposed[i * n + j] = value[j * n + i];
      }
    }
    var change = Change.towards(square.get(), transposed);
    return new Planted(subject.engine(), square.get().path() + " transposed", List.of(change));
  }

  /// Where keys have fewer heads, the rows that both have change places.
  Defect swappedQueriesAndKeys() {
    Optional<Parameter> queries = projection("q_proj");
    Optional<Parameter> keys = projection("k_proj");
    if (queries.isEmpty() || keys.isEmpty()) {
      return new Impossible(block + " has no dense q_proj and k_proj");
    }
    float[] q = queries.get().value().toFloats();
    float[] k = keys.get().value().toFloats();
    int shared = Math.min(q.length, k.length);
    float[] wrongQueries = q.clone();
    float[] wrongKeys = k.clone();
    System.arraycopy(k, 0, wrongQueries, 0, shared);
    System.arraycopy(q, 0, wrongKeys, 0, shared);
    return new Planted(
        subject.engine(),
        "rows of " + queries.get().path() + " and " + keys.get().path() + " exchanged",
        List.of(
            Change.towards(queries.get(), wrongQueries), Change.towards(keys.get(), wrongKeys)));
  }

  Defect missingBias() {
    List<Parameter> biases =
        subject.parameters().stream()
            .filter(p -> p.path().startsWith(block + ".") && p.path().endsWith("_proj.bias"))
            .filter(p -> isDense(p.path().replaceFirst("bias$", "weight")))
            .toList();
    if (biases.isEmpty()) {
      return new Impossible("no dense linear of " + block + " has a bias");
    }
    Parameter bias = Collections.max(biases, Comparator.comparingDouble(this::share));
    if (share(bias) == 0) {
      return new Impossible("every bias of " + block + " is zero");
    }
    if (tolerances.weights().rounding() != Rounding.NONE && Trial.STRONGEST * share(bias) <= 1) {
      return new Impossible("every bias of " + block + " is less than rounding may change");
    }
    float[] none = new float[Math.toIntExact(bias.shape().size())];
    var change = Change.towards(bias, none);
    return new Planted(subject.engine(), bias.path() + " left out", List.of(change));
  }

  /// How much of its gate the output would change without this bias.
  private double share(Parameter bias) {
    double largest = largest(bias.value().toFloats());
    String module = bias.path().replaceFirst("\\.bias$", "");
    return recorded.component(module).map(c -> largest / bound(c)).orElse(0.0);
  }

  /// All of one attention's weights in another's place, and the other way round: `other` is in the
  /// same block and of the same shape.
  Defect swappedWith(String other) {
    List<Change> changes = new ArrayList<>();
    for (Parameter mine : subject.parameters()) {
      String start = block + "." + place.attention() + ".";
      String path = mine.path().replace(start, block + "." + other + ".");
      Optional<Parameter> theirs =
          mine.path().startsWith(start) ? subject.parameter(path) : Optional.empty();
      if (theirs.isPresent() && isDense(mine.path()) && isDense(path)) {
        changes.add(Change.towards(mine, theirs.get().value().toFloats()));
        changes.add(Change.towards(theirs.get(), mine.value().toFloats()));
      }
    }
    if (changes.stream().noneMatch(change -> change.parameter().path().endsWith("weight"))) {
      return new Impossible("%s has no dense %s and %s".formatted(block, place.attention(), other));
    }
    String what = "weights of %s.%s and %s exchanged".formatted(block, place.attention(), other);
    return new Planted(subject.engine(), what, changes);
  }

  /// The dense weight of a projection of the attention.
  private Optional<Parameter> projection(String name) {
    return matrix(place.attention() + "." + name);
  }

  /// The dense weight of a linear of the block.
  private Optional<Parameter> matrix(String linear) {
    return named(linear + ".weight").filter(p -> isDense(p.path()));
  }

  private boolean isDense(String path) {
    return subject.parameter(path).filter(p -> p.value().dtype().isFloat()).isPresent();
  }

  private Optional<Parameter> named(String end) {
    return subject.parameters().stream()
        .filter(p -> p.path().startsWith(block + ".") && p.path().endsWith("." + end))
        .findFirst();
  }
}
