package bessemer.mlx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlxSessionTest {
  private static final int MIB = 1 << 20;

  @BeforeAll
  static void findTheLibrary() {
    BuiltMlx.orSkip();
  }

  @Test
  void whatEverySessionMadeGoesWithIt() {
    long before = MlxMemory.now().active();
    try (var session = new MlxSession(BuiltMlx.GPU)) {
      var c = new MlxOps(session);
      long kept = session.keep(c.full(new int[] {MIB}, session.scalar(1f), MlxType.F32));
      long swept = c.full(new int[] {MIB}, session.scalar(2f), MlxType.F32);
      session.evaluate(kept, swept);
      assertThat(MlxMemory.now().active()).isGreaterThanOrEqualTo(before + 8L * MIB);
      session.sweep(0);
      assertThat(MlxMemory.now().active()).isBetween(before + 4L * MIB, before + 5L * MIB);
      assertThat(session.kept()).isEqualTo(1);
    }
    assertThat(MlxMemory.now().active()).isEqualTo(before);
  }

  @Test
  void aSessionThatNobodyClosedIsFreed() {
    long before = MlxMemory.now().active();
    forget();
    assertThat(MlxMemory.now().active()).isGreaterThanOrEqualTo(before + 4L * MIB);
    for (int tries = 0; tries < 200 && MlxMemory.now().active() > before; tries++) {
      System.gc();
      Thread.yield();
    }
    assertThat(MlxMemory.now().active()).isEqualTo(before);
  }

  private static void forget() {
    var session = new MlxSession(BuiltMlx.GPU);
    long array = new MlxOps(session).full(new int[] {MIB}, session.scalar(1f), MlxType.F32);
    session.evaluate(session.keep(array));
  }

  @Test
  void anArrayIsFreedOnce() {
    try (var session = new MlxSession(BuiltMlx.GPU)) {
      long array = session.keep(session.scalar(1f));
      session.free(array);
      assertThatThrownBy(() -> session.free(array)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void mappedElementsAreAdoptedByWholePages(@TempDir Path folder) throws IOException {
    Path file = numbers(folder);
    int held = Adopted.count();
    try (var channel = FileChannel.open(file);
        Arena arena = Arena.ofShared()) {
      MemorySegment all = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      try (var session = new MlxSession(BuiltMlx.GPU)) {
        var c = new MlxOps(session);
        MemorySegment some = all.asSlice(4 * 1_111, 4 * 1_000_000); // on no page's beginning
        long array = session.keep(c.adopt(some, new int[] {1000, 1000}, MlxType.F32, 4));
        session.sweep(0);
        session.evaluate(array);
        MemorySegment data = session.data(array, MlxType.F32, 4_000_000);
        assertThat(data.getAtIndex(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(1_111);
        assertThat(data.getAtIndex(ValueLayout.JAVA_FLOAT, 999_999)).isEqualTo(1_001_110);
        if (BuiltMlx.GPU) { // MLX's cpu copies whatever is not its own
          assertThat(data.address()).isEqualTo(some.address());
          assertThat(Adopted.count()).isEqualTo(held + 1);
        }
      }
      assertThat(Adopted.count()).isEqualTo(held);
    }
  }

  private static Path numbers(Path folder) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(5 * MIB).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.capacity() / 4; i++) {
      bytes.putFloat(4 * i, i);
    }
    return Files.write(folder.resolve("numbers"), bytes.array());
  }

  @Test
  void memoryIsLimitedAndCounted() {
    long limit = MlxMemory.limit(1L << 40);
    assertThat(MlxMemory.now().limit()).isEqualTo(1L << 40);
    assertThat(MlxMemory.limit(limit)).isEqualTo(1L << 40);
    long cache = MlxMemory.cacheLimit(0);
    try (var session = new MlxSession(BuiltMlx.GPU)) {
      MlxMemory.resetPeak();
      long array = new MlxOps(session).full(new int[] {MIB}, session.scalar(1f), MlxType.F32);
      session.evaluate(array);
      session.sweep(0);
      assertThat(MlxMemory.now().peak()).isGreaterThanOrEqualTo(4L * MIB);
      MlxMemory.clearCache();
      assertThat(MlxMemory.now().cache()).isZero();
    } finally {
      MlxMemory.cacheLimit(cache);
    }
  }

  @Test
  void theDeviceSaysWhatItIs() {
    MlxDevice device = MlxDevice.of(BuiltMlx.GPU);
    assertThat(device.name()).isPresent();
  }
}
