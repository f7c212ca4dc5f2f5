package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Pass;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What caches take of the backend's memory, which never goes back to the system. Blocks are an
/// eighth larger than asked at most.
class KvCacheMemoryTest {
  private static final int LAYERS = 6;
  private static final int HEADS = 2;
  private static final int WIDTH = 64;
  private static final int STEP = 16;

  private static void see(Engine engine, KvCache cache, int sequence, int count) {
    try (Scope _ = engine.scope()) {
      Pass pass = cache.pass(engine.of(new int[count], 1, count), sequence);
      Tensor k = engine.fill(1, 1, HEADS, count, WIDTH);
      for (int layer = 0; layer < LAYERS; layer++) {
        pass.attend(layer, k, k, k, 1, new Mask.Causal());
      }
    }
  }

  private static long bytes(KvType type, int positions) {
    return 2L * LAYERS * HEADS * positions * type.bytes(WIDTH);
  }

  @ParameterizedTest
  @EnumSource
  void aSequenceThatGrowsTakesAtMostTwiceItsBuffers(KvType type) {
    var cpu = new Cpu(1);
    try (Engine engine = new Engine(cpu);
        KvCache cache = new KvCache(engine, STEP, type)) {
      int sequence = cache.start();
      for (int i = 0; i < 40; i++) {
        see(engine, cache, sequence, 25);
      }
      assertThat(cache.room(1000)).isEqualTo(1024);
      assertThat(cpu.reservedBytes()).isLessThan(bytes(type, 2 * 1024) * 9 / 8 + (1 << 17));
    }
  }

  @Test
  void buffersOfDroppedSequencesServeOthers() {
    var cpu = new Cpu(1);
    try (Engine engine = new Engine(cpu);
        KvCache cache = new KvCache(engine, STEP)) {
      int first = cache.start();
      see(engine, cache, first, 1000);
      cache.drop(first);
      long reserved = cpu.reservedBytes();
      int second = cache.start();
      see(engine, cache, second, 1000);
      assertThat(cpu.reservedBytes()).isEqualTo(reserved);
    }
  }

  @Test
  void aForkCopiesTheRoomOfWhatItKeeps() {
    var cpu = new Cpu(1);
    try (Engine engine = new Engine(cpu);
        KvCache cache = new KvCache(engine, STEP)) {
      int first = cache.start();
      see(engine, cache, first, 1000);
      long reserved = cpu.reservedBytes();
      int fork = cache.fork(first, 100);
      assertThat(cache.length(fork)).isEqualTo(100);
      see(engine, cache, fork, 1);
      assertThat(cpu.reservedBytes() - reserved)
          .isBetween(bytes(KvType.FP32, 128), bytes(KvType.FP32, 128) + (1 << 14));
    }
  }
}
