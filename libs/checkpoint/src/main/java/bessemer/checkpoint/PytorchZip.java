package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import bessemer.checkpoint.Checkpoint.Contents;
import bessemer.checkpoint.Pickled.Storage;
import bessemer.checkpoint.Pickled.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/// A file of `torch.save`: a zip with the pickle `<root>/data.pkl` and the raw elements of every
/// storage under `<root>/data/`.
final class PytorchZip {
  private static final int MAX_PICKLE = 64 << 20;
  private static final String PICKLE = "/data.pkl";

  private final Path file;
  private final MemorySegment bytes;
  private final Map<String, ZipEntries.Entry> entries;
  private final String root;

  private PytorchZip(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
    this.entries = ZipEntries.read(file, bytes);
    this.root = root();
  }

  /// The tensors in `file`, whose content is `bytes`, in order of the pickle, and what is noted
  /// beside them.
  static Contents read(Path file, MemorySegment bytes) {
    var zip = new PytorchZip(file, bytes);
    zip.requireLittleEndian();
    Pickled root = new Unpickler(file, zip.pickle()).read();
    Map<String, Located> located = new LinkedHashMap<>();
    StateDict.tensors(file, root)
        .forEach((name, tensor) -> located.put(name, zip.locate(name, tensor)));
    return new Contents(Notes.of(file, root), located);
  }

  private String root() {
    List<String> roots =
        entries.keySet().stream()
            .filter(name -> name.indexOf(PICKLE) == name.length() - PICKLE.length())
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .filter(name -> name.indexOf('/') < 0)
            .toList();
    if (roots.size() != 1) {
      throw bad(
          "the zip has %d entries <root>/data.pkl where one is expected; it is no file of torch.save"
              .formatted(roots.size()));
    }
    return roots.getFirst();
  }

  private void requireLittleEndian() {
    ZipEntries.Entry entry = entries.get(root + "/byteorder");
    if (entry == null) {
      return; // before PyTorch 2.1: little-endian machines only
    }
    String order = new String(content(entry, 16), StandardCharsets.US_ASCII);
    if (!order.equals("little")) {
      throw bad(
          "byte order is %s, only \"little\" is read; save it on another machine"
              .formatted(quoted(order)));
    }
  }

  private byte[] pickle() {
    ZipEntries.Entry entry = entries.get(root + PICKLE);
    if (entry == null) {
      throw new IllegalStateException("the root was found by its pickle");
    }
    byte[] pickle = content(entry, MAX_PICKLE);
    var crc = new CRC32();
    crc.update(pickle);
    if ((int) crc.getValue() != entry.crc32()) {
      throw bad("the checksum of data.pkl is wrong; download the file again");
    }
    return pickle;
  }

  private byte[] content(ZipEntries.Entry entry, int limit) {
    if (entry.size() > limit) {
      throw bad(
          "the zip entry at byte %d has %d bytes, more than %d"
              .formatted(entry.offset(), entry.size(), limit));
    }
    return bytes.asSlice(entry.offset(), entry.size()).toArray(JAVA_BYTE);
  }

  private Located locate(String name, Tensor tensor) {
    MemorySegment storage = storage(name, tensor.storage());
    int width = tensor.storage().type().width();
    long elements = requireInside(name, tensor);
    long start = elements == 0 ? 0 : tensor.offset() * width;
    var stored =
        new StoredTensor(
            name,
            tensor.storage().type(),
            tensor.shape(),
            file,
            storage.address() - bytes.address() + start,
            elements * width);
    return new Located(
        stored,
        elements == 0 || contiguous(tensor)
            ? new TensorBytes.Contiguous(storage.asSlice(start, elements * width))
            : new TensorBytes.Strided(storage.asSlice(start), tensor.strides()));
  }

  private MemorySegment storage(String name, Storage storage) {
    ZipEntries.Entry entry = entries.get(root + "/data/" + storage.key());
    if (entry == null) {
      throw bad(
          "tensor %s: the zip has no entry data/%s; the file is damaged"
              .formatted(quoted(name), quoted(storage.key())));
    }
    int width = storage.type().width();
    if (entry.size() % width != 0 || entry.size() / width != storage.length()) {
      throw bad(
          "tensor %s: %d elements %s are announced, data/%s has %d bytes; the file is damaged"
              .formatted(
                  quoted(name),
                  storage.length(),
                  storage.type(),
                  quoted(storage.key()),
                  entry.size()));
    }
    return bytes.asSlice(entry.offset(), entry.size());
  }

  /// The number of elements, all of which lie in the storage.
  private long requireInside(String name, Tensor tensor) {
    long length = tensor.storage().length();
    try {
      long elements = Extent.elements(tensor.shape());
      long last = tensor.offset();
      for (int axis = 0; axis < tensor.shape().size(); axis++) {
        long steps = Math.max(0, tensor.shape().get(axis) - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, tensor.strides().get(axis)));
      }
      if (elements == 0 || (last < length && elements <= length)) {
        return elements;
      }
    } catch (ArithmeticException e) {
      throw new BadCheckpointException(
          file, "tensor %s: size or strides overflow".formatted(quoted(name)), e);
    }
    throw bad(
        "tensor %s: offset %d, size %s and strides %s do not fit a storage of %d elements; an expanded"
                .formatted(quoted(name), tensor.offset(), tensor.shape(), tensor.strides(), length)
            + " tensor has to be saved as .contiguous()");
  }

  private static boolean contiguous(Tensor tensor) {
    long expected = 1;
    for (int axis = tensor.shape().size() - 1; axis >= 0; axis--) {
      long dim = tensor.shape().get(axis);
      if (dim != 1 && tensor.strides().get(axis) != expected) {
        return false;
      }
      expected *= dim;
    }
    return true;
  }

  private BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, problem);
  }
}
