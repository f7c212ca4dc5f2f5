package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Quantization;
import bessemer.tensor.Scope;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Speed of the kernels through the engine, in the shapes of a Llama with 1.1 billion weights.
/// Arguments: threads, then names of sections to run (all if none). One thread is timed by its own
/// processor time, which other work on the machine disturbs less; more are timed by the clock. With
/// `-Dfast=true` activations are rounded.
public final class KernelBench {
  private static final int ROUNDS = 15;
  private static final long WARM_NANOS = 3_000_000_000L;
  private static final SplittableRandom RANDOM = new SplittableRandom(1);

  private final Engine engine;
  private final Arena arena = Arena.ofShared();

  private final LongSupplier clock;

  private KernelBench(int threads) {
    var beans = ManagementFactory.getThreadMXBean();
    clock = threads == 1 ? beans::getCurrentThreadCpuTime : System::nanoTime;
    engine = Boolean.getBoolean("fast") ? Cpu.fast(threads) : Cpu.engine(threads);
  }

  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    var wanted = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
    var bench = new KernelBench(threads);
    System.out.println(bench.engine.describe());
    section(wanted, "limits", bench::limits);
    section(wanted, "quantized", bench::quantized);
    section(wanted, "int8", bench::int8);
    section(wanted, "dense", bench::dense);
    section(wanted, "prefill", bench::prefill);
    section(wanted, "attention", bench::attention);
    section(wanted, "rows", bench::rows);
    bench.engine.close();
  }

  private static void section(java.util.List<String> wanted, String name, Runnable body) {
    if (wanted.isEmpty() || wanted.contains(name)) {
      body.run();
    }
  }

  private MemorySegment noise(long bytes) {
    MemorySegment memory = arena.allocate(bytes, 64);
    for (long i = 0; i + 8 <= bytes; i += 8) {
      memory.set(ValueLayout.JAVA_LONG, i, RANDOM.nextLong());
    }
    return memory;
  }

  private Tensor weights(DType type, long... dims) {
    var spec = new Spec(type, Shape.of(dims));
    MemorySegment memory = arena.allocate(spec.bytes(), 64);
    for (long i = 0; i < spec.shape().size(); i++) {
      float value = (float) RANDOM.nextDouble() - .5f;
      Half.store(type, memory.address() + i * type.bytes(), value);
    }
    return engine.constant(memory, spec);
  }

  private Tensor floats(long... dims) {
    return weights(DType.F32, dims);
  }

  /// The best and the median of some rounds, in units a second.
  private void time(String what, double amount, String unit, Supplier<Tensor> work) {
    double[] seconds = new double[ROUNDS];
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < WARM_NANOS) {
      once(work);
    }
    for (int i = 0; i < ROUNDS; i++) {
      long start = clock.getAsLong();
      once(work);
      seconds[i] = (clock.getAsLong() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    System.out.printf(
        "%-44s best %7.2f  median %7.2f %s  (%.3f ms)%n",
        what, amount / seconds[0], amount / seconds[ROUNDS / 2], unit, seconds[0] * 1e3);
  }

  private void once(Supplier<Tensor> work) {
    try (Scope _ = engine.scope()) {
      work.get().evaluate();
    }
  }

  private void limits() {
    MemorySegment memory = noise(512L << 20);
    var workers = new Workers(1);
    for (int round = 0; round < 8; round++) {
      long start = clock.getAsLong();
      workers.each(
          memory.byteSize() >> 12,
          1 << 10,
          (from, to, own) -> {
            FloatVector a = Raw.all(0);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            long end = memory.address() + (to << 12);
            for (long p = memory.address() + (from << 12); p < end; p += 4L * Raw.WIDTH) {
              a = a.add(Raw.floats(p));
              b = b.add(Raw.floats(p + Raw.WIDTH));
              c = c.add(Raw.floats(p + 2 * Raw.WIDTH));
              d = d.add(Raw.floats(p + 3 * Raw.WIDTH));
            }
            Raw.put(own.take(64), a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD));
          });
      double seconds = (clock.getAsLong() - start) * 1e-9;
      System.out.printf("streaming read %.2f GB/s%n", memory.byteSize() / seconds / 1e9);
    }
    long spare = arena.allocate(1 << 20, 64).address();
    for (int round = 0; round < 8; round++) {
      long start = clock.getAsLong();
      workers.each(
          2_000,
          1 << 20,
          (from, to, own) -> {
            long at = own.take(1 << 20);
            for (long i = from; i < to; i++) {
              JavaDense.tile(at, at + 65536, at + 400_000, 256, 256);
            }
          });
      double seconds = (clock.getAsLong() - start) * 1e-9;
      double flops = 2_000 * 2.0 * Gemm.ROWS * new JavaDense().columns() * 256;
      System.out.printf("tile in cache %.1f GFLOP/s%n", flops / seconds / 1e9);
    }
    workers.close();
    Raw.put(spare, 0);
  }

  /// A matrix of the given bits, too big for any cache.
  private void quantized() {
    for (int bits : new int[] {4, 8, 3, 6, 2}) {
      var q = new Quantization(bits, 64);
      int n = 65536;
      int k = 2048;
      long groups = q.groups(k);
      Tensor w =
          engine.constant(noise(4L * n * q.words(k)), new Spec(DType.U32, Shape.of(n, q.words(k))));
      Tensor s = weights(DType.BF16, n, groups);
      Tensor b = weights(DType.BF16, n, groups);
      double bytes = 4.0 * n * q.words(k) + 4.0 * n * groups;
      for (int rows : new int[] {1, 4, 8}) {
        Tensor x = floats(rows, k);
        time(
            bits + " bits, rows " + rows, bytes / 1e9, "GB/s", () -> x.quantizedMatmul(w, s, b, q));
      }
    }
  }

  /// Weights of int8 with one scale a row beside those of 8 bits in groups.
  private void int8() {
    for (int[] shape : new int[][] {{32768, 1024}, {1024, 4096}}) {
      int n = shape[0];
      int k = shape[1];
      var q = new Quantization(8, 64);
      var packed = new Spec(DType.U32, Shape.of(n, q.words(k)));
      Tensor words = engine.constant(noise(packed.bytes()), packed);
      Tensor s = weights(DType.F32, n, q.groups(k));
      Tensor b = weights(DType.F32, n, q.groups(k));
      var spec = new Spec(DType.I8, Shape.of(n, k));
      Tensor codes = engine.constant(noise(spec.bytes()), spec);
      Tensor scales = weights(DType.F32, n);
      for (int rows : new int[] {1, 2, 4, 8, 9, 12, 16, 32, 128}) {
        Tensor x = floats(rows, k);
        double bytes = 1.0 * n * k / 1e9;
        double work = 2.0 * rows * n * k / 1e9;
        String what = "%d x %d, rows %d".formatted(n, k, rows);
        boolean few = rows <= 8;
        String unit = few ? "GB/s" : "GOP/s";
        time("int8 " + what, few ? bytes : work, unit, () -> x.int8Matmul(codes, scales, 0));
        time(
            "8 bits in groups " + what,
            few ? bytes : work,
            unit,
            () -> x.quantizedMatmul(words, s, b, q));
      }
    }
  }

  private void dense() {
    int n = 32768;
    int k = 2048;
    for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
      Tensor w = weights(type, n, k);
      for (int rows : new int[] {1, 4}) {
        Tensor x = floats(rows, k);
        String what = type + " rows " + rows;
        time(what, 1.0 * n * k * type.bytes() / 1e9, "GB/s", () -> x.matmulTransposed(w));
      }
    }
  }

  private void prefill() {
    int m = 512;
    int n = 5632;
    int k = 2048;
    double flops = 2.0 * m * n * k / 1e9;
    Tensor x = floats(m, k);
    for (DType type : new DType[] {DType.F32, DType.BF16}) {
      Tensor w = weights(type, n, k);
      time("prefill " + type, flops, "GFLOP/s", () -> x.matmulTransposed(w));
    }
    for (int bits : new int[] {4, 8, 3}) {
      var q = new Quantization(bits, 64);
      var packed = new Spec(DType.U32, Shape.of(n, q.words(k)));
      Tensor w = engine.constant(noise(packed.bytes()), packed);
      Tensor s = weights(DType.BF16, n, q.groups(k));
      Tensor b = weights(DType.BF16, n, q.groups(k));
      time("prefill " + bits + " bits", flops, "GFLOP/s", () -> x.quantizedMatmul(w, s, b, q));
    }
    Tensor w = floats(k, n);
    time("prefill, not transposed", flops, "GFLOP/s", () -> x.matmul(w));
  }

  private void attention() {
    for (int[] shape : new int[][] {{512, 512}, {1, 512}, {1, 4096}, {1, 32768}}) {
      Tensor q = floats(1, 32, shape[0], 64);
      Tensor k = floats(1, 4, shape[1], 64);
      Tensor v = floats(1, 4, shape[1], 64);
      try (Scope _ = engine.scope()) {
        Tensor bounds = engine.of(new int[] {shape[1] - shape[0]}, 1);
        boolean decode = shape[0] == 1;
        double amount =
            decode ? 2.0 * 4 * shape[1] * 64 * 4 / 1e9 : 2.0 * 32 * 64 * shape[0] * shape[1] / 1e9;
        time(
            "attention, queries " + shape[0] + " keys " + shape[1],
            amount,
            decode ? "GB/s" : "GFLOP/s",
            () -> q.attend(k, v, bounds, .125f, new Mask.Causal()));
      }
    }
  }

  private void rows() {
    Tensor x = floats(512, 2048);
    Tensor y = floats(512, 2048);
    Tensor w = floats(2048);
    double items = 512.0 * 2048 / 1e9;
    time("add", items, "G/s", () -> x.plus(y));
    time("silu", items, "G/s", x::silu);
    time("softmax", items, "G/s", x::softmax);
    time("rms norm", items, "G/s", () -> x.rmsNorm(w, 1e-5f));
    time("sum of columns", items, "G/s", () -> x.sum(0));
    Tensor one = floats(1, 2048);
    time("add, one row", 2048 / 1e9, "G/s", () -> one.plus(one));
    time("rms norm, one row", 2048 / 1e9, "G/s", () -> one.rmsNorm(w, 1e-5f));
  }
}
