package bessemer.foundry.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.mlx.BuiltMlx;
import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Primitive;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.mlx.Mlx;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SelfCheckTest {
  @Test
  void theCpuPasses() {
    try (Engine engine = Cpu.engine(2)) {
      assertThat(new SelfCheck(engine, false).run()).hasSize(14).allMatch(Check::passed);
    }
  }

  @Test
  void theFastCpuPassesWithinItsRounding() {
    try (Engine engine = Cpu.fast(2)) {
      assertThat(new SelfCheck(engine, true).run()).hasSize(6).allMatch(Check::passed);
    }
  }

  @Test
  void mlxPasses() {
    BuiltMlx.orSkip();
    try (Engine engine = Mlx.engine(BuiltMlx.GPU)) {
      assertThat(new SelfCheck(engine, false).run()).hasSize(14).allMatch(Check::passed);
    }
  }

  @Test
  void everyOperationIsFoundWhenItIsWrong() {
    assertThat(failed(op -> op instanceof Primitive.Matmul)).contains("products fp32");
    assertThat(failed(op -> op instanceof Primitive.QuantizedMatmul))
        .containsExactly(
            "products 2-bit",
            "products 3-bit",
            "products 4-bit",
            "products 5-bit",
            "products 6-bit",
            "products 8-bit");
    assertThat(failed(op -> op instanceof Primitive.Attention)).hasSize(3);
    assertThat(failed(op -> op instanceof Primitive.RmsNorm)).containsExactly("norm");
    assertThat(failed(op -> op instanceof Primitive.Softmax)).containsExactly("softmax");
    assertThat(failed(op -> op instanceof Primitive.Rope)).containsExactly("rotary embedding");
  }

  @Test
  void whatThrowsHasFailed() {
    try (Engine engine = new Engine(new Faulty(op -> op instanceof Primitive.Softmax, true))) {
      List<Check> checks = new SelfCheck(engine, false).run();
      assertThat(checks.stream().filter(check -> !check.passed()).map(Check::detail))
          .containsExactly("java.lang.IllegalStateException: a kernel broke");
    }
  }

  private static List<String> failed(Predicate<Primitive> wrong) {
    try (Engine engine = new Engine(new Faulty(wrong, false))) {
      return new SelfCheck(engine, false)
          .run().stream().filter(check -> !check.passed()).map(Check::name).toList();
    }
  }

  /// The cpu, wrong by a thousandth in some operations.
  private record Faulty(Cpu cpu, Predicate<Primitive> wrong, boolean breaks) implements Backend {
    Faulty(Predicate<Primitive> wrong, boolean breaks) {
      this(new Cpu(1), wrong, breaks);
    }

    @Override
    public Handle run(Primitive op, Handle[] in, Spec out) {
      Handle right = cpu.run(op, in, out);
      if (!wrong.test(op)) {
        return right;
      }
      if (breaks) {
        throw new IllegalStateException("a kernel broke");
      }
      return cpu.run(new Primitive.Affine(1.001f, 0), new Handle[] {right}, out);
    }

    @Override
    public Handle wrap(MemorySegment data, Spec spec) {
      return cpu.wrap(data, spec);
    }

    @Override
    public Handle copy(MemorySegment data, Spec spec) {
      return cpu.copy(data, spec);
    }

    @Override
    public Handle prepare(Handle weight) {
      return cpu.prepare(weight);
    }

    @Override
    public void read(Handle handle, MemorySegment target) {
      cpu.read(handle, target);
    }

    @Override
    public void evaluate(Handle handle) {
      cpu.evaluate(handle);
    }

    @Override
    public void evaluateAsync(Handle handle) {
      cpu.evaluateAsync(handle);
    }

    @Override
    public boolean schedules() {
      return cpu.schedules();
    }

    @Override
    public DType activations(DType stored) {
      return cpu.activations(stored);
    }

    @Override
    public void release(Handle handle) {
      cpu.release(handle);
    }

    @Override
    public String describe() {
      return "faulty";
    }

    @Override
    public void close() {
      cpu.close();
    }
  }
}
