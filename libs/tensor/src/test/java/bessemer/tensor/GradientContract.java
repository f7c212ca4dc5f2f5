package bessemer.tensor;

import static bessemer.tensor.Numbers.assertClose;
import static bessemer.tensor.Numbers.random;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The gradient of every differentiable primitive, on every backend, against finite differences.
public interface GradientContract {
  /// A new engine of the calling thread.
  Engine engine();

  record Case(String name, Function<Tensor[], Tensor> f, Tensor... in) {}

  @TestFactory
  default Stream<DynamicTest> everyGradientEqualsFiniteDifferences() {
    List<String> names;
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      names = cases(engine).stream().map(Case::name).toList();
    }
    return names.stream().map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  @TestFactory
  default Stream<DynamicTest> everyGradientEqualsPyTorchs() {
    Goldens goldens = Goldens.read("gradients.txt");
    return goldens.values().keySet().stream()
        .filter(name -> name.endsWith("/weights"))
        .map(name -> name.substring(0, name.lastIndexOf('/')))
        .map(name -> DynamicTest.dynamicTest(name, () -> compare(goldens, name)));
  }

  /// The inputs are PyTorch's; the operation is the contract's own case of that name.
  private void compare(Goldens goldens, String name) {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Case c = cases(engine).stream().filter(x -> x.name.equals(name)).findAny().orElseThrow();
      List<Parameter> inputs =
          goldens.numbered(name + "/input").stream()
              .map(input -> new Parameter(input, goldens.tensor(engine, input)))
              .toList();
      Tensor weights = goldens.tensor(engine, name + "/weights");
      List<Tensor> gradients =
          Gradients.through(
              engine,
              inputs,
              () -> c.f.apply(inputs.stream().map(Parameter::value).toArray(Tensor[]::new)),
              _ -> weights);
      for (int i = 0; i < inputs.size(); i++) {
        String golden = name + "/gradient" + i;
        assertClose(golden, gradients.get(i).toFloats(), goldens.numbers(golden), 2e-6);
      }
    }
  }

  private void check(String name) {
    try (Engine engine = engine();
        Scope outer = engine.scope()) {
      cases(engine).stream()
          .filter(c -> c.name.equals(name))
          .forEach(c -> differentiate(engine, outer, c));
    }
  }

  private static List<Case> cases(Engine e) {
    List<Case> cases = new ArrayList<>();
    elements(e, cases);
    products(e, cases);
    moves(e, cases);
    return cases;
  }

  private static void elements(Engine e, List<Case> cases) {
    var r = new Random(1);
    Tensor choice = e.of(new int[] {1, 0, 0, 1, 1, 0}, 2, 3);
    cases.addAll(
        List.of(
            new Case("add", x -> x[0].plus(x[1]), random(e, r, 2, 3, 4), random(e, r, 3, 1)),
            new Case("multiply", x -> x[0].times(x[1]), random(e, r, 2, 3, 4), random(e, r, 4)),
            new Case("square", x -> x[0].times(x[0]), random(e, r, 5)),
            new Case(
                "maximum",
                x -> x[0].maximum(x[1]),
                e.of(new float[] {1, -2, 3, .5f, -1, 2}, 2, 3),
                e.of(new float[] {.8f, -1.5f, 3.5f}, 3)),
            new Case("where", x -> choice.where(x[0], x[1]), random(e, r, 2, 3), random(e, r, 3)),
            new Case("affine", x -> x[0].times(3).plus(1), random(e, r, 5)),
            new Case("power", x -> x[0].times(x[0]).plus(1).power(-.5f), random(e, r, 5)),
            new Case("sigmoid", x -> x[0].sigmoid(), random(e, r, 5)),
            new Case("silu", x -> x[0].silu(), random(e, r, 5)),
            new Case("relu", x -> x[0].relu(), random(e, r, 9)),
            new Case("softmax", x -> x[0].softmax(), random(e, r, 3, 4)),
            new Case("sum", x -> x[0].sum(1), random(e, r, 2, 3, 2)),
            new Case(
                "rmsNorm", x -> x[0].rmsNorm(x[1], 1e-5f), random(e, r, 2, 3, 4), random(e, r, 4)),
            new Case(
                "layerNorm",
                x -> x[0].layerNorm(x[1], x[2], 1e-5f),
                random(e, r, 2, 3, 4),
                random(e, r, 4),
                random(e, r, 4)),
            new Case("cast", x -> x[0].cast(DType.F32).times(2), random(e, r, 3))));
  }

  private static void products(Engine e, List<Case> cases) {
    var r = new Random(2);
    int[] codes = r.ints(5 * 4).toArray();
    Tensor words = e.copy(MemorySegment.ofArray(codes), new Spec(DType.U32, Shape.of(5, 4)));
    Tensor scales = random(e, r, 5, 1).times(0.1f);
    Tensor biases = random(e, r, 5, 1);
    var q = new Quantization(4, 32);
    byte[] row = new byte[4 * 32];
    r.nextBytes(row);
    Tensor bytes = e.copy(MemorySegment.ofArray(row), new Spec(DType.I8, Shape.of(4, 32)));
    Tensor bounds = e.of(new int[] {3, 2}, 2);
    cases.addAll(
        List.of(
            new Case("matmul", x -> x[0].matmul(x[1]), random(e, r, 2, 3, 4), random(e, r, 4, 2)),
            new Case(
                "matmul transposed",
                x -> x[0].matmulTransposed(x[1]),
                random(e, r, 2, 3, 4),
                random(e, r, 2, 4)),
            new Case(
                "matmul biased",
                x -> x[0].matmulTransposed(x[1], x[2]),
                random(e, r, 2, 3, 4),
                random(e, r, 2, 4),
                random(e, r, 2)),
            new Case(
                "matmul batched",
                x -> x[0].matmul(x[1]),
                random(e, r, 2, 3, 4),
                random(e, r, 2, 4, 2)),
            new Case(
                "matmul batched transposed",
                x -> x[0].matmulTransposed(x[1]),
                random(e, r, 2, 3, 4),
                random(e, r, 2, 5, 4)),
            new Case(
                "quantized",
                x -> x[0].quantizedMatmul(words, scales, biases, q),
                random(e, r, 3, 32)),
            new Case(
                "int8", x -> x[0].int8Matmul(bytes, e.fill(.01f, 4), 0), random(e, r, 3, 32))));
    for (Mask mask : List.of(new Mask.Causal(), new Mask.Window(2), new Mask.Padded())) {
      cases.add(
          new Case(
              "attention " + mask,
              x -> x[0].attend(x[1], x[2], bounds, .5f, mask),
              random(e, r, 2, 4, 2, 4),
              random(e, r, 2, 2, 4, 4),
              random(e, r, 2, 2, 4, 4)));
    }
  }

  private static void moves(Engine e, List<Case> cases) {
    var r = new Random(3);
    Tensor ids = e.of(new int[] {2, 0, 2}, 3);
    Tensor places = e.of(new int[] {2, 0, 0, 3}, 2, 2);
    Tensor offsets = e.of(new int[] {1, 3}, 2);
    Tensor angles = e.of(new float[] {1, .3f}, 2);
    Tensor targets = e.of(new int[] {1, -1, 3}, 3);
    cases.addAll(
        List.of(
            new Case("rope", x -> x[0].rope(offsets, angles), random(e, r, 2, 2, 3, 4)),
            new Case(
                "rope interleaved",
                x -> x[0].rope(offsets, angles, true, 1.5f),
                random(e, r, 2, 2, 3, 4)),
            new Case("gather", x -> x[0].gather(ids), random(e, r, 4, 2)),
            new Case("scatter", x -> x[0].scatter(ids, 4), random(e, r, 3, 2)),
            new Case("take", x -> x[0].take(places), random(e, r, 2, 4)),
            new Case("crossEntropy", x -> x[0].crossEntropy(targets), random(e, r, 3, 4)),
            new Case("reshape", x -> x[0].reshape(4, 3), random(e, r, 2, 6)),
            new Case("broadcast", x -> x[0].broadcast(Shape.of(2, 3, 4)), random(e, r, 3, 1)),
            new Case("transpose", x -> x[0].transpose(2, 0, 1), random(e, r, 2, 3, 4)),
            new Case("slice", x -> x[0].slice(1, 1, 3), random(e, r, 2, 4)),
            new Case(
                "concat",
                x -> Tensor.concat(-1, x[0], x[1]),
                random(e, r, 2, 3),
                random(e, r, 2, 2))));
  }

  private static void differentiate(Engine engine, Scope outer, Case c) {
    List<Parameter> slots = new ArrayList<>();
    List<float[]> start = new ArrayList<>();
    for (int i = 0; i < c.in.length; i++) {
      start.add(c.in[i].toFloats());
      slots.add(new Parameter(c.name + " input " + i, outer.adopt(c.in[i])));
    }
    float[] weights = random(new Random(4), 1000);
    Supplier<Tensor> loss =
        () -> {
          Tensor[] in = slots.stream().map(Parameter::value).toArray(Tensor[]::new);
          Tensor y;
          try (Scope section = engine.scope()) { // what the gradient reads must outlive it
            y = section.keep(c.f.apply(in));
          }
          float[] some = Arrays.copyOf(weights, (int) y.shape().size());
          return y.times(engine.of(some, y.shape())).mean().times(some.length);
        };
    List<float[]> exact;
    try (Scope _ = engine.scope()) {
      var gradients = Gradients.of(engine, slots, loss);
      exact = gradients.values().stream().map(Tensor::toFloats).toList();
    }
    for (int p = 0; p < slots.size(); p++) {
      float[] numeric = new float[start.get(p).length];
      for (int i = 0; i < numeric.length; i++) {
        float above = at(engine, slots.get(p), start.get(p), i, 1e-2f, loss);
        float below = at(engine, slots.get(p), start.get(p), i, -1e-2f, loss);
        numeric[i] = (above - below) / 2e-2f;
      }
      assertClose(slots.get(p).toString(), exact.get(p), numeric, 4e-3);
    }
  }

  private static float at(
      Engine engine, Parameter slot, float[] start, int i, float shift, Supplier<Tensor> loss) {
    try (Scope _ = engine.scope()) {
      float[] moved = start.clone();
      moved[i] += shift;
      slot.set(engine.of(moved, slot.shape()));
      float value = loss.get().item();
      slot.set(engine.of(start, slot.shape()));
      return value;
    }
  }
}
