package bessemer.foundry.convert;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.SafetensorsWriter;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Converts shards: threads of its own turn tiles of rows into bytes while the caller's thread
/// hashes and writes those that are ready, in order. Memory is a few tiles, and the scales and
/// biases of one tensor; bytes do not depend on the number of threads.
final class ShardConverter implements AutoCloseable {
  private final SourceModel source;
  private final Limits limits;
  private final Progress progress;
  private final ExecutorService workers;

  ShardConverter(SourceModel source, Limits limits, Progress progress) {
    this.source = source;
    this.limits = limits;
    this.progress = progress;
    this.workers =
        Executors.newFixedThreadPool(
            limits.threads(), Thread.ofPlatform().daemon().name("convert-", 0).factory());
  }

  /// A tile that is being converted.
  private record Pending(
      Tile tile, Buffers buffers, CompletableFuture<MemorySegment> bytes, boolean last) {}

  /// What one tile needs; used again for later ones.
  private record Buffers(MemorySegment out, float[] block) {}

  /// Writes `shard` to `file` and forces it to the disk.
  Manifest.Done convert(ShardPlan shard, Path file) throws IOException {
    try (Arena arena = Arena.ofShared();
        SafetensorsWriter out =
            SafetensorsWriter.create(file, shard.outputs(), Map.of("format", "mlx"))) {
      try (var run = new Run(arena, shard, out)) {
        run.all(shard.tensors());
      }
      String sha256 = out.finish();
      return new Manifest.Done(shard.file(), Files.size(file), sha256);
    }
  }

  /// The conversion of one shard.
  private final class Run implements AutoCloseable {
    private final SafetensorsWriter out;
    private final Deque<Buffers> free = new ArrayDeque<>();
    private final Deque<Pending> pending = new ArrayDeque<>();

    Run(Arena arena, ShardPlan shard, SafetensorsWriter out) {
      this.out = out;
      long row = shard.tensors().stream().mapToLong(TensorPlan::rowElements).max().orElse(1);
      long bytes = 4 * Math.max(limits.tileElements(), row);
      for (int i = 0; i < 2 * limits.threads() + 1; i++) {
        free.add(new Buffers(arena.allocate(bytes, 64), new float[Tile.BLOCK]));
      }
    }

    void all(List<TensorPlan> tensors) throws IOException {
      for (TensorPlan tensor : tensors) {
        submit(tensor);
      }
      while (!pending.isEmpty()) {
        drain();
      }
    }

    private void submit(TensorPlan tensor) throws IOException {
      Tile.Sides sides = Tile.Sides.of(tensor);
      long step = Math.max(1, limits.tileElements() / Math.max(1, tensor.rowElements()));
      for (long from = 0; from < tensor.rows(); from += step) {
        if (free.isEmpty()) {
          drain();
        }
        long to = Math.min(tensor.rows(), from + step);
        var tile = new Tile(source, tensor, from, to, sides);
        Buffers buffers = free.remove();
        pending.add(
            new Pending(
                tile,
                buffers,
                CompletableFuture.supplyAsync(() -> convert(tile, buffers), workers),
                to == tensor.rows()));
      }
    }

    private static MemorySegment convert(Tile tile, Buffers buffers) {
      try (Arena arena = Arena.ofConfined()) {
        return tile.convert(buffers.out, buffers.block, arena);
      }
    }

    /// Writes the oldest tile.
    private void drain() throws IOException {
      Pending oldest = pending.remove();
      TensorPlan tensor = oldest.tile.tensor();
      out.append(tensor.name(), get(oldest));
      if (oldest.last) {
        sides(tensor, oldest.tile.sides());
        oldest.tile.sides().close();
      }
      free.add(oldest.buffers);
      progress.advance(oldest.tile.sourceBytes());
    }

    /// What is written behind the codes of a tensor.
    private void sides(TensorPlan tensor, Tile.Sides sides) throws IOException {
      switch (tensor.action()) {
        case Action.Copy _, Action.Cast _, Action.Dequantize _ -> {}
        case Action.Quantize _ -> {
          out.append(tensor.module() + ".scales", sides.scales());
          out.append(tensor.module() + ".biases", sides.biases());
        }
        case Action.Int8(float step) -> {
          out.append(tensor.module() + ".scales", sides.scales());
          if (step != 0) {
            out.append(
                tensor.module() + TensorPlan.INPUT_SCALE,
                sides.arena().allocateFrom(ValueLayout.JAVA_FLOAT, step));
          }
        }
      }
    }

    private static MemorySegment get(Pending tile) {
      try {
        return tile.bytes.join();
      } catch (CompletionException e) {
        throw unwrapped(e, tile.tile);
      }
    }

    /// Waits for tiles that nobody wants any more, whose buffers are about to go.
    @Override
    public void close() {
      for (Pending tile : pending) {
        tile.bytes.exceptionally(_ -> tile.buffers.out).join();
      }
      pending.forEach(tile -> tile.tile.sides().close());
    }
  }

  private static RuntimeException unwrapped(CompletionException failure, Tile tile) {
    return switch (failure.getCause()) {
      case InternalError e ->
          new BadCheckpointException(
              tile.source().tensor(tile.tensor().name()).file(),
              "became shorter while it was read; leave the source alone during a conversion",
              e);
      case RuntimeException e -> e;
      case Error e -> throw e;
      case null, default -> failure;
    };
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.close();
  }
}
