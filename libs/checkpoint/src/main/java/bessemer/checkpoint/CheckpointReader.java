package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import bessemer.checkpoint.Checkpoint.Contents;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Maps files and puts their tensors together.
final class CheckpointReader {
  private final Arena arena;

  CheckpointReader(Arena arena) {
    this.arena = arena;
  }

  /// What one file holds.
  private record Part(Format format, Contents contents) {}

  Checkpoint read(CheckpointFiles files) throws IOException {
    return switch (files) {
      case CheckpointFiles.Single(Path file) -> {
        Part part = part(file);
        Contents contents =
            switch (part.format) {
              case SAFETENSORS -> part.contents;
              case PYTORCH -> StateDict.withoutWrappers(file, part.contents);
            };
        yield new Checkpoint(arena, part.format, List.of(file), contents);
      }
      case CheckpointFiles.Sharded(Path index) -> sharded(IndexFile.read(index));
    };
  }

  private Checkpoint sharded(IndexFile index) throws IOException {
    List<Path> files = index.shards();
    List<Part> parts = new ArrayList<>();
    for (Path file : files) {
      parts.add(part(file));
    }
    Map<String, Located> located = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      add(index, files.get(i), parts.get(i).contents, located);
    }
    index.requireAll(located.keySet());
    Part first = parts.getFirst();
    if (parts.stream().anyMatch(part -> part.format != first.format)) {
      throw new BadCheckpointException(
          index.file(), "names both safetensors and PyTorch files; keep those of one format");
    }
    return new Checkpoint(
        arena, first.format, files, new Contents(first.contents.metadata(), located));
  }

  private static void add(
      IndexFile index, Path file, Contents contents, Map<String, Located> located) {
    contents
        .located()
        .forEach((name, entry) -> {
          Located other = located.put(name, entry);
          if (other != null) {
            throw new BadCheckpointException(
                file,
                "tensor %s is in %s, too; remove one of them"
                    .formatted(quoted(name), other.tensor().file().getFileName()));
          }
          index.requireListed(name, file);
        });
  }

  private Part part(Path file) throws IOException {
    MemorySegment bytes = map(file);
    return switch (kind(file, bytes)) {
      case SAFETENSORS -> new Part(Format.SAFETENSORS, safetensors(file, bytes));
      case PYTORCH -> new Part(Format.PYTORCH, PytorchZip.read(file, bytes));
    };
  }

  private static Contents safetensors(Path file, MemorySegment bytes) {
    SafetensorsFile read = SafetensorsFile.read(file, bytes);
    Map<String, Located> located = new LinkedHashMap<>();
    for (StoredTensor tensor : read.tensors()) {
      MemorySegment content = bytes.asSlice(tensor.offset(), tensor.bytes());
      located.put(tensor.name(), new Located(tensor, new TensorBytes.Contiguous(content)));
    }
    return new Contents(read.metadata(), located);
  }

  private MemorySegment map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  private static Format kind(Path file, MemorySegment bytes) {
    if (begins(bytes, 'P', 'K', 3, 4)) {
      return Format.PYTORCH;
    }
    boolean json = bytes.byteSize() > 8 && bytes.get(JAVA_BYTE, 8) == '{';
    if (!json && (begins(bytes, 0x80, 2) || begins(bytes, 0x80, 3) || begins(bytes, 0x80, 4))) {
      throw new BadCheckpointException(
          file,
          "is a bare pickle, as PyTorch wrote before 1.6; load it in a recent PyTorch and save it"
              + " again, best with safetensors.torch.save_file");
    }
    if (begins(bytes, 'v', 'e', 'r', 's', 'i', 'o', 'n', ' ')) {
      throw new BadCheckpointException(
          file, "is a pointer of Git LFS, not the file itself; run git lfs pull");
    }
    if (begins(bytes, 'G', 'G', 'U', 'F')) {
      throw new BadCheckpointException(
          file, "is a GGUF file; take the safetensors files of the same model");
    }
    return Format.SAFETENSORS;
  }

  private static boolean begins(MemorySegment bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.byteSize() || bytes.get(JAVA_BYTE, i) != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }
}
