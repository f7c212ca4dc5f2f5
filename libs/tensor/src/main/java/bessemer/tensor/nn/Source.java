package bessemer.tensor.nn;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// What stands behind the names of a model: a checkpoint, random numbers, nothing, or low-rank
/// adapters around another source. The model's constructor cannot tell.
public sealed interface Source {
  Parameter parameter(String path, Shape shape, Init init);

  /// A table that is computed, not stored.
  Parameter constant(String path, float[] values);

  /// The parameters to train, in the order of the model.
  List<Parameter> trainable();

  default Linear linear(String path, int in, int out, boolean bias) {
    Parameter weight = parameter(path + ".weight", Shape.of(out, in), Init.scaled(in));
    return new Linear.Dense(path, weight, bias(path, out, bias));
  }

  default List<Parameter> bias(String path, int out, boolean bias) {
    return bias ? List.of(parameter(path + ".bias", Shape.of(out), Init.zeros())) : List.of();
  }

  /// Fails if what was asked for and what there is differ.
  default void verify() {}

  default <M> M build(Function<Params, M> constructor) {
    M model = constructor.apply(new Params(this, ""));
    verify();
    return model;
  }

  private static Parameter upload(Engine engine, String path, float[] values, Shape shape) {
    try (Scope _ = engine.scope()) {
      return new Parameter(path, engine.of(values, shape));
    }
  }

  /// Named tensors, all of which must be used. A linear is quantized if it has scales.
  final class Checkpoint implements Source {
    private final Engine engine;
    private final Map<String, Tensor> tensors;
    private final UnaryOperator<DType> activations;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<String, Quantization> quantizations = new LinkedHashMap<>();
    private final Set<String> int8 = new TreeSet<>();
    private final Map<String, String> problems = new TreeMap<>();
    private final Set<String> unused;

    public Checkpoint(Engine engine, Map<String, Tensor> tensors) {
      this(engine, tensors, engine::activations);
    }

    /// @param activations the type that the model computes in, by that of stored floats
    public Checkpoint(
        Engine engine, Map<String, Tensor> tensors, UnaryOperator<DType> activations) {
      this.engine = engine;
      this.activations = activations;
      this.tensors = tensors;
      this.unused = new TreeSet<>(tensors.keySet());
    }

    @Override
    public Parameter parameter(String path, Shape shape, Init init) {
      Tensor tensor = tensors.get(path);
      unused.remove(path);
      if (tensor == null || !tensor.shape().equals(shape)) {
        String found = tensor == null ? "is missing" : "checkpoint has " + tensor.shape();
        problems.put(path, "expected " + shape + ", " + found);
        return new Parameter(path, shape);
      }
      Parameter parameter = load(path, tensor);
      parameters.add(parameter);
      return parameter;
    }

    /// Vectors (norms, biases) are brought once to what the model computes in; matrices are read
    /// where they lie.
    private Parameter load(String path, Tensor tensor) {
      DType type = tensor.dtype();
      if (tensor.shape().rank() != 1 || !type.isFloat() || type == activations.apply(type)) {
        return new Parameter(path, engine.prepare(tensor));
      }
      try (Scope _ = engine.scope()) {
        return new Parameter(path, tensor.cast(activations.apply(type)));
      }
    }

    @Override
    public Parameter constant(String path, float[] values) {
      return upload(engine, path, values, Shape.of(values.length));
    }

    @Override
    public Linear linear(String path, int in, int out, boolean bias) {
      Tensor words = tensors.get(path + ".weight");
      Tensor scales = tensors.get(path + ".scales");
      if (words == null || scales == null) {
        return Source.super.linear(path, in, out, bias);
      }
      if (words.dtype() == DType.I8) {
        return int8(path, in, out, bias);
      }
      long groups = scales.dim(-1);
      var q = new Quantization((int) (32 * words.dim(-1) / in), (int) (in / groups));
      quantizations.put(path, q);
      Shape packed = Shape.of(out, q.words(in));
      return new Linear.Quantized(
          path,
          parameter(path + ".weight", packed, Init.zeros()),
          parameter(path + ".scales", Shape.of(out, groups), Init.zeros()),
          parameter(path + ".biases", Shape.of(out, groups), Init.zeros()),
          q,
          bias(path, out, bias));
    }

    private Linear int8(String path, int in, int out, boolean bias) {
      int8.add(path);
      return new Linear.Int8(
          path,
          parameter(path + ".weight", Shape.of(out, in), Init.zeros()),
          parameter(path + ".scales", Shape.of(out), Init.zeros()),
          step(path + ".input_scale"),
          bias(path, out, bias));
    }

    /// Of the activations, where it is calibrated.
    private float step(String path) {
      Tensor step = tensors.get(path);
      unused.remove(path);
      if (step == null) {
        return 0;
      }
      if (step.shape().size() != 1 || step.dtype() != DType.F32) {
        problems.put(path, "expected one f32, checkpoint has " + step.spec());
        return 0;
      }
      float value = step.toFloats()[0];
      if (!(value > 0 && Float.isFinite(value))) {
        problems.put(path, "expected a scale above 0, checkpoint has " + value);
        return 0;
      }
      return value;
    }

    /// The linears of int8 with one scale a row, by path.
    public Set<String> int8() {
      return Set.copyOf(int8);
    }

    /// The linears that are quantized in groups, by path.
    public Map<String, Quantization> quantizations() {
      return Map.copyOf(quantizations);
    }

    @Override
    public List<Parameter> trainable() {
      return parameters;
    }

    @Override
    public void verify() {
      unused.forEach(path -> problems.put(path, "is not used by the model"));
      if (!problems.isEmpty()) {
        var message = new StringBuilder("the checkpoint does not fit the model:");
        problems.forEach((path, problem) -> message.append("\n  " + path + ": " + problem));
        throw new IllegalArgumentException(message.toString());
      }
    }
  }

  /// Random numbers, to train from scratch.
  final class Fresh implements Source {
    private final Engine engine;
    private final RandomGenerator random;
    private final List<Parameter> parameters = new ArrayList<>();

    public Fresh(Engine engine, RandomGenerator random) {
      this.engine = engine;
      this.random = random;
    }

    @Override
    public Parameter parameter(String path, Shape shape, Init init) {
      float[] values = init.values(Math.toIntExact(shape.size()), random);
      Parameter parameter = upload(engine, path, values, shape);
      parameters.add(parameter);
      return parameter;
    }

    @Override
    public Parameter constant(String path, float[] values) {
      return upload(engine, path, values, Shape.of(values.length));
    }

    @Override
    public List<Parameter> trainable() {
      return parameters;
    }
  }

  /// Names and shapes alone: what a converter needs to know of a model, without memory or engine.
  final class Listing implements Source {
    /// @param linear whether it is the weight of a product or a look-up, and can be quantized
    public record Weight(String path, Shape shape, boolean linear) {}

    private final Map<String, Weight> weights = new LinkedHashMap<>();

    /// In the order of the model.
    public List<Weight> weights() {
      return List.copyOf(weights.values());
    }

    @Override
    public Parameter parameter(String path, Shape shape, Init init) {
      weights.put(path, new Weight(path, shape, false));
      return new Parameter(path, shape);
    }

    @Override
    public Linear linear(String path, int in, int out, boolean bias) {
      String name = path + ".weight";
      weights.put(name, new Weight(name, Shape.of(out, in), true));
      return new Linear.Dense(path, new Parameter(name, Shape.of(out, in)), bias(path, out, bias));
    }

    @Override
    public Parameter constant(String path, float[] values) {
      return new Parameter(path, Shape.of(values.length));
    }

    @Override
    public List<Parameter> trainable() {
      return List.of();
    }
  }

  /// Another source, whose linears are not quite the same.
  sealed interface Around extends Source {
    Source base();

    @Override
    default Parameter parameter(String path, Shape shape, Init init) {
      return base().parameter(path, shape, init);
    }

    @Override
    default Parameter constant(String path, float[] values) {
      return base().constant(path, values);
    }

    @Override
    default List<Parameter> trainable() {
      return base().trainable();
    }

    @Override
    default void verify() {
      base().verify();
    }
  }

  /// Another source, whose linears show what goes into them.
  ///
  /// @param seen hears the linear's path; an embedding that is the output layer too has one
  record Watched(Source base, BiConsumer<String, Tensor> seen) implements Around {
    @Override
    public Linear linear(String path, int in, int out, boolean bias) {
      Linear linear = base.linear(path, in, out, bias);
      return new Linear.Watched(path, linear, x -> seen.accept(path, x));
    }
  }

  /// Another source, frozen, with low-rank updates around the linears that are selected.
  ///
  /// @param adapters where the updates come from: fresh ones to train, or those of a file
  record Adapted(Source base, Source adapters, LowRankUpdate update, Predicate<String> selected)
      implements Around {
    @Override
    public Linear linear(String path, int in, int out, boolean bias) {
      Linear linear = base.linear(path, in, out, bias);
      if (!selected.test(path)) {
        return linear;
      }
      var spread = new Init.Uniform(1 / Math.sqrt(in));
      Parameter a = adapters.parameter(path + ".lora_a", Shape.of(in, update.rank()), spread);
      Parameter b =
          adapters.parameter(path + ".lora_b", Shape.of(update.rank(), out), Init.zeros());
      return new Linear.LowRank(path, linear, a, b, update);
    }

    @Override
    public List<Parameter> trainable() {
      return adapters.trainable();
    }

    @Override
    public void verify() {
      base.verify();
      adapters.verify();
    }
  }
}
