package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/// Writes a safetensors file in one pass: the header goes first, so names, types and shapes are
/// known on creation, and the tensors follow in that order, whole or in pieces. Hashes as it
/// writes.
///
/// ```java
/// try (SafetensorsWriter out = SafetensorsWriter.create(file, tensors, Map.of("format", "mlx"))) {
///   for (Planned tensor : tensors) {
///     out.append(tensor.name(), bytesOf(tensor));
///   }
///   String sha256 = out.finish();
/// }
/// ```
public final class SafetensorsWriter implements AutoCloseable {
  private static final int ALIGNMENT = 8;

  private final Path file;
  private final List<Planned> tensors;
  private final HashedFile out;
  private int current;
  private long written; // bytes of the current tensor
  private boolean finished;

  private SafetensorsWriter(Path file, List<Planned> tensors, HashedFile out) {
    this.file = file;
    this.tensors = tensors;
    this.out = out;
  }

  /// Creates the file and writes the header, padded so that the data begins at a multiple of 8.
  ///
  /// @param file must not exist
  /// @param metadata free texts for `__metadata__`, written in order of their keys
  /// @throws java.nio.file.FileAlreadyExistsException if `file` exists
  public static SafetensorsWriter create(
      Path file, List<Planned> tensors, Map<String, String> metadata) throws IOException {
    byte[] header = header(tensors, metadata);
    var out = new HashedFile(file);
    try {
      out.write(MemorySegment.ofArray(header));
    } catch (Throwable t) {
      out.close();
      throw t;
    }
    return new SafetensorsWriter(file, List.copyOf(tensors), out);
  }

  /// Writes the next bytes of the tensor `name`, which must be the first in order that is not
  /// complete. Tensors without elements may be passed over.
  ///
  /// @param bytes little-endian, row-major; read before the call returns
  /// @throws IllegalArgumentException if it is another tensor's turn or these are too many bytes
  public void append(String name, MemorySegment bytes) throws IOException {
    while (isComplete() && !tensors.get(current).name().equals(name)) {
      next();
    }
    if (current == tensors.size() || !tensors.get(current).name().equals(name)) {
      throw new IllegalArgumentException(
          "%s: got bytes of tensor %s, but %s".formatted(file, quoted(name), missing()));
    }
    if (bytes.byteSize() > tensors.get(current).bytes() - written) {
      throw new IllegalArgumentException(
          "%s: got %d bytes more, but %s".formatted(file, bytes.byteSize(), missing()));
    }
    out.write(bytes);
    written += bytes.byteSize();
  }

  /// Forces the file to the disk.
  ///
  /// @return its SHA-256 in lower-case hexadecimal digits
  /// @throws IllegalStateException if bytes are missing
  public String finish() throws IOException {
    while (isComplete()) {
      next();
    }
    if (current < tensors.size()) {
      throw new IllegalStateException(file + ": " + missing());
    }
    String sha256 = out.finish();
    finished = true;
    return sha256;
  }

  /// Deletes the file unless [#finish()] returned.
  ///
  /// @throws IllegalStateException if [#finish()] did not return
  @Override
  public void close() throws IOException {
    out.close();
    if (!finished) {
      throw new IllegalStateException(file + ": closed before it was finished; " + missing());
    }
  }

  private boolean isComplete() {
    return current < tensors.size() && written == tensors.get(current).bytes();
  }

  private void next() {
    current++;
    written = 0;
  }

  private String missing() {
    if (current == tensors.size()) {
      return "all tensors are complete";
    }
    Planned tensor = tensors.get(current);
    return "tensor %s has %d of %d bytes".formatted(quoted(tensor.name()), written, tensor.bytes());
  }

  private static byte[] header(List<Planned> tensors, Map<String, String> metadata) {
    byte[] json = json(tensors, metadata);
    int padded = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
    if (padded > SafetensorsFile.MAX_HEADER) {
      throw new IllegalArgumentException(
          "header of %d bytes, readers take %d: use more shards"
              .formatted(padded, SafetensorsFile.MAX_HEADER));
    }
    ByteBuffer header =
        ByteBuffer.allocate(SafetensorsFile.PREFIX + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.array();
  }

  private static byte[] json(List<Planned> tensors, Map<String, String> metadata) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.STRICT.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(SafetensorsFile.METADATA);
        new TreeMap<>(metadata).forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      Set<String> names = new HashSet<>();
      long offset = 0;
      for (Planned tensor : tensors) {
        if (!names.add(tensor.name())) {
          throw new IllegalArgumentException("two tensors are named " + quoted(tensor.name()));
        }
        long end = Math.addExact(offset, tensor.bytes());
        write(json, tensor, offset, end);
        offset = end;
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, Planned tensor, long begin, long end) {
    json.writeObjectPropertyStart(tensor.name());
    json.writeStringProperty("dtype", tensor.type().name());
    json.writeArrayPropertyStart("shape");
    tensor.shape().forEach(json::writeNumber);
    json.writeEndArray();
    json.writeArrayPropertyStart("data_offsets");
    json.writeNumber(begin);
    json.writeNumber(end);
    json.writeEndArray();
    json.writeEndObject();
  }
}
