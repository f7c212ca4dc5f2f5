package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The tensors of a checkpoint, mapped into memory: opening one reads headers only, and pages come
/// from the disk as they are touched. Headers, offsets and shards are checked on opening. May be
/// used by several threads; segments it handed out are dead once it is closed. A file that another
/// process cuts short while it is mapped makes access fail with an [InternalError].
///
/// A directory is searched in this order: `model.safetensors.index.json`, `model.safetensors`,
/// `pytorch_model.bin.index.json`, `pytorch_model.bin`, the only `*.pt`. Files in it may be
/// symbolic links to places inside the directory or, in a Hugging Face cache
/// (`snapshots/<revision>`), inside its `blobs`; other links are refused. A file that is named
/// directly may lie anywhere.
///
/// PyTorch files hold a dictionary of tensors, which may lie under `model_state_dict`, `state_dict`
/// or `model` (the first that is a dictionary wins); nested dictionaries are joined with dots,
/// everything else is left out, but for what [#metadata] has. In an unsharded file the prefixes
/// `_orig_mod.` (of `torch.compile`) are removed from every name, and `module.` (of data parallel
/// training) where all names have it. Checksums inside the zip are checked for the pickle, not for
/// tensors.
public final class Checkpoint implements AutoCloseable {
  private final Arena arena;
  private final Format format;
  private final List<Path> files;
  private final Map<String, String> metadata;
  private final Map<String, Located> located;
  private final SequencedMap<String, StoredTensor> tensors;

  Checkpoint(Arena arena, Format format, List<Path> files, Contents contents) {
    this.arena = arena;
    this.format = format;
    this.files = List.copyOf(files);
    this.metadata = contents.metadata();
    this.located = contents.located();
    var byName = new LinkedHashMap<String, StoredTensor>();
    located.forEach((name, entry) -> byName.put(name, entry.tensor()));
    this.tensors = Collections.unmodifiableSequencedMap(byName);
  }

  /// What the files of a checkpoint hold together.
  record Contents(Map<String, String> metadata, Map<String, Located> located) {}

  /// Opens a directory or a single file, whose content tells the format.
  ///
  /// @throws BadCheckpointException if the files are not a complete, valid checkpoint
  public static Checkpoint open(Path fileOrDirectory) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      return new CheckpointReader(arena).read(CheckpointFiles.find(fileOrDirectory));
    } catch (Throwable t) {
      arena.close();
      throw t;
    }
  }

  /// Where each tensor lies, in order of the files and their headers.
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  /// The files that hold the tensors.
  public List<Path> files() {
    return files;
  }

  public Format format() {
    return format;
  }

  /// What the first file notes beside its tensors: the free texts of safetensors; of a PyTorch file
  /// the dictionaries `config` and `quantization`, as JSON, where it has them.
  public Map<String, String> metadata() {
    return metadata;
  }

  /// All of a tensor: little-endian, row-major, read-only, valid until the checkpoint is closed.
  /// The mapped file itself, except for strided views of PyTorch files, which are copied at each
  /// call.
  public MemorySegment data(String name) {
    Located entry = entry(name);
    return entry.bytes().rows(entry.tensor(), 0, entry.tensor().rows(), Arena.ofAuto());
  }

  /// Rows `fromRow` (inclusive) to `toRow` (exclusive) along the first axis, as [#data(String)] has
  /// them; a scalar is one row. Only strided views of PyTorch files are copied, into `arena`.
  public MemorySegment data(String name, long fromRow, long toRow, Arena arena) {
    Located entry = entry(name);
    if (fromRow < 0 || fromRow > toRow || toRow > entry.tensor().rows()) {
      throw new IndexOutOfBoundsException(
          "rows [%d, %d) of tensor %s %s"
              .formatted(fromRow, toRow, quoted(name), entry.tensor().shape()));
    }
    return entry.bytes().rows(entry.tensor(), fromRow, toRow, arena);
  }

  private Located entry(String name) {
    Located entry = located.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no tensor " + quoted(name) + " in " + files);
    }
    return entry;
  }

  /// Unmaps the files.
  @Override
  public void close() {
    arena.close();
  }
}
