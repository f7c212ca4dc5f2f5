package bessemer.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import bessemer.tensor.DType;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargePagesTest {
  private static final int SIZE = 3 * 4096 + 777;

  @Test
  void copiesAreEqualAndTheFileStaysReadable(@TempDir Path folder) throws IOException {
    assumeThat(LargePages.available()).isTrue();
    byte[] bytes = new byte[SIZE];
    new Random(1).nextBytes(bytes);
    Path file = Files.write(folder.resolve("weights"), bytes);
    try (Arena arena = Arena.ofShared();
        FileChannel channel = FileChannel.open(file);
        LargePages pages = LargePages.open(2)) {
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, SIZE, arena);
      List<MemorySegment> copies = new ArrayList<>();
      for (int from = 0; from < 100; from++) {
        copies.add(pages.copy(mapped.asSlice(from, SIZE - 100)).orElseThrow());
      }
      pages.await(operands(copies.getLast()));
      for (int from = 0; from < 100; from++) {
        assertThat(copies.get(from).mismatch(mapped.asSlice(from, SIZE - 100))).isEqualTo(-1);
        assertThat(copies.get(from).address() % 64).isZero();
      }
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
    }
  }

  @Test
  void theFileMayGoOnceCopiesAreSettled(@TempDir Path folder) throws IOException {
    assumeThat(LargePages.available()).isTrue();
    byte[] bytes = new byte[SIZE];
    new Random(2).nextBytes(bytes);
    Path file = Files.write(folder.resolve("weights"), bytes);
    try (LargePages pages = LargePages.open(1)) {
      MemorySegment copy;
      try (Arena arena = Arena.ofShared();
          FileChannel channel = FileChannel.open(file)) {
        copy = pages.copy(channel.map(MapMode.READ_ONLY, 0, SIZE, arena)).orElseThrow();
        pages.settle();
      }
      pages.await(operands(copy));
      assertThat(copy.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
    }
  }

  @Test
  void aCopyOfWhatIsGoneIsAnError(@TempDir Path folder) throws IOException {
    assumeThat(LargePages.available()).isTrue();
    Path file = Files.write(folder.resolve("weights"), new byte[SIZE]);
    try (LargePages pages = LargePages.open(1)) {
      MemorySegment gone;
      try (Arena arena = Arena.ofShared();
          FileChannel channel = FileChannel.open(file)) {
        gone = channel.map(MapMode.READ_ONLY, 0, SIZE, arena);
      }
      MemorySegment copy = pages.copy(gone).orElseThrow();
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> pages.await(operands(copy)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("weights could not be copied into memory");
      }
      pages.await(operands(MemorySegment.ofAddress(4096)));
    }
  }

  private static View[] operands(MemorySegment segment) {
    var spec = new Spec(DType.U32, Shape.of(segment.byteSize() / 4));
    return new View[] {View.of(new Slabs.Block(segment, null), spec)};
  }

  @Test
  void whatIsLargerThanTheMemoryOfTheMachineStaysWhereItIs() {
    assumeThat(LargePages.available()).isTrue();
    try (LargePages pages = LargePages.open(2)) {
      MemorySegment impossible = MemorySegment.ofAddress(4096).reinterpret(1L << 45);
      assertThat(pages.copy(impossible)).isEmpty();
    }
  }

  @Test
  void aContainersLimitCountsWhereThatIsLess(@TempDir Path folder) throws IOException {
    Path meminfo =
        Files.writeString(folder.resolve("meminfo"), "MemFree: 1 kB\nMemAvailable: 4000 kB\n");
    assertThat(LargePages.spare(meminfo, folder)).isEqualTo(3_072_000);
    Files.writeString(folder.resolve("memory.max"), "max\n");
    assertThat(LargePages.spare(meminfo, folder)).isEqualTo(3_072_000);
    Files.writeString(folder.resolve("memory.max"), "2000000\n");
    Files.writeString(folder.resolve("memory.stat"), "anon 400000\nfile 1500000\n");
    assertThat(LargePages.spare(meminfo, folder)).isEqualTo(1_200_000);
    assertThat(LargePages.spare(folder.resolve("nothing"), folder)).isZero();
  }

  @Test
  void ofAPartOnlyThatPartIsCopied() {
    try (var cpu = new Cpu(1, Activations.INT8);
        Arena arena = Arena.ofShared()) {
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4, 5, 6);
      var whole = (View) cpu.wrap(data, new Spec(DType.F32, Shape.of(3, 2)));
      View part = whole.sliced(new Spec(DType.F32, Shape.of(1, 2)), 0, 2);
      MemorySegment copied = arena.allocate(8);
      cpu.read(cpu.prepare(part), copied);
      assertThat(copied.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(5, 6);
    }
  }
}
