package bessemer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Rope;
import bessemer.tensor.nn.RopeScaling;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Want;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What a decoding step leaves for the collector: no more than 256 KB where a model has 22 layers,
/// once the kernels are compiled; until then every vector is an object. Java's own kernels do not
/// keep to it yet.
class GarbageTest {
  private static final int LAYERS = 22;
  private static final long BOUND = 256L << 10;
  private static final int WINDOW = 20; // tokens
  private static final int WINDOWS = 200;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static Llama.Config config() {
    return new Llama.Config(
        64,
        128,
        LAYERS,
        8,
        2,
        8,
        50,
        4096,
        1e-5f,
        false,
        false,
        false,
        new Mask.Causal(),
        new Rope.Spec(1e4, new RopeScaling.None()));
  }

  @Test
  void aTokenLeavesLittle() {
    try (Engine engine = Cpu.engine(1);
        Scope _ = engine.scope();
        KvCache cache = new KvCache(engine, 4096)) {
      var source = new Source.Fresh(engine, new SplittableRandom(1));
      Llama model = source.build(params -> new Llama(config(), params));
      assumeThat(engine.describe()).contains("kernels"); // native ones
      long least = Long.MAX_VALUE;
      for (int window = 0; window < WINDOWS && least > BOUND; window++) {
        least = Math.min(least, garbageOfAToken(engine, model, cache));
      }
      assertThat(least).isLessThanOrEqualTo(BOUND);
    }
  }

  private long garbageOfAToken(Engine engine, Llama model, KvCache cache) {
    int sequence = cache.start();
    step(engine, model, cache, sequence); // the cache's memory
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < WINDOW; i++) {
      step(engine, model, cache, sequence);
    }
    long garbage = (threads.getCurrentThreadAllocatedBytes() - before) / WINDOW;
    cache.drop(sequence);
    return garbage;
  }

  private static void step(Engine engine, Llama model, KvCache cache, int sequence) {
    try (Scope _ = engine.scope()) {
      var pass = cache.pass(engine.of(new int[] {7}, 1, 1), sequence);
      model.forward(pass, Want.LAST).argMax().toInts();
    }
  }
}
