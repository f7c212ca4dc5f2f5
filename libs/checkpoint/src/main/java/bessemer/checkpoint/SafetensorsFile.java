package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// A safetensors file: a header length (u64, little-endian), that many bytes of JSON, and the data
/// section, which the tensors fill without holes or overlaps.
///
/// @param metadata the free texts under `__metadata__`
/// @param tensors in order of the header
record SafetensorsFile(Map<String, String> metadata, List<StoredTensor> tensors) {
  static final String METADATA = "__metadata__";

  /// Bytes in front of the header.
  static final int PREFIX = Long.BYTES;

  /// Longest header that the reference implementation reads, too.
  static final int MAX_HEADER = 100_000_000;

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Reads and checks the header of `file`, whose content is `bytes`.
  static SafetensorsFile read(Path file, MemorySegment bytes) {
    int length = headerLength(file, bytes);
    byte[] json = bytes.asSlice(PREFIX, length).toArray(JAVA_BYTE);
    // The second byte tells UTF-16 and UTF-32, which Jackson would read, from UTF-8.
    if (json[0] != '{' || json[1] == 0) {
      throw new BadCheckpointException(
          file,
          "header at byte 8 does not begin with '{' in UTF-8; this is no safetensors file, or a"
              + " damaged one: download it again");
    }
    SafetensorsFile header =
        new SafetensorsHeader(file, PREFIX + (long) length, bytes.byteSize()).read(json);
    checkLayout(file, header.tensors, PREFIX + (long) length, bytes.byteSize());
    return header;
  }

  private static int headerLength(Path file, MemorySegment bytes) {
    long size = bytes.byteSize();
    if (size < PREFIX + 2) {
      throw new BadCheckpointException(
          file, size + " bytes are too few for a safetensors file; download it again");
    }
    long length = bytes.get(LENGTH, 0);
    if (length < 2 || length > MAX_HEADER) {
      throw new BadCheckpointException(
          file,
          "header length %s at byte 0 is not between 2 and %d; this is no safetensors file"
              .formatted(Long.toUnsignedString(length), MAX_HEADER));
    }
    if (length > size - PREFIX) {
      throw new BadCheckpointException(
          file,
          "header of %d bytes does not fit the file of %d bytes; download it again"
              .formatted(length, size));
    }
    return (int) length;
  }

  private static void checkLayout(Path file, List<StoredTensor> tensors, long start, long size) {
    long end = start;
    String before = "the header";
    for (StoredTensor tensor : byOffset(tensors)) {
      if (tensor.offset() != end) {
        throw new BadCheckpointException(
            file,
            "tensor %s begins at byte %d, but %s ends at %d: %s; the file is damaged"
                .formatted(
                    quoted(tensor.name()),
                    tensor.offset(),
                    before,
                    end,
                    tensor.offset() < end ? "they overlap" : "bytes without an owner"));
      }
      end += tensor.bytes();
      before = "tensor " + quoted(tensor.name());
    }
    if (end != size) {
      throw new BadCheckpointException(
          file,
          "%s ends at byte %d, the file at %d: %d bytes without an owner; download it again"
              .formatted(before, end, size, size - end));
    }
  }

  private static List<StoredTensor> byOffset(List<StoredTensor> tensors) {
    return tensors.stream()
        .sorted(Comparator.comparingLong(StoredTensor::offset).thenComparing(StoredTensor::bytes))
        .toList();
  }
}
