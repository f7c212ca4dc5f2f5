package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The directory of a zip file (also zip64) whose entries lie in it uncompressed, so that they can
/// be used in place. [java.util.zip.ZipFile] does not tell where an entry lies.
final class ZipEntries {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long LOCAL = 0x04034b50;
  private static final long CENTRAL = 0x02014b50;
  private static final long END = 0x06054b50;
  private static final long END64 = 0x06064b50;
  private static final long LOCATOR64 = 0x07064b50;

  private static final int LOCAL_BYTES = 30;
  private static final int CENTRAL_BYTES = 46;
  private static final int END_BYTES = 22;
  private static final int END64_BYTES = 56;
  private static final int LOCATOR64_BYTES = 20;
  private static final int MAX_ENTRIES = 1 << 20;
  private static final long ABSENT = 0xffffffffL; // the value is in the zip64 extra field

  private final Path file;
  private final MemorySegment bytes;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /// @param offset of the content in the file
  record Entry(long offset, long size, int crc32) {}

  private ZipEntries(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static Map<String, Entry> read(Path file, MemorySegment bytes) {
    var zip = new ZipEntries(file, bytes);
    zip.readDirectory();
    return zip.entries;
  }

  private void readDirectory() {
    long end = end();
    long count = u16(end + 10);
    long at = u32(end + 16);
    long locator = end - LOCATOR64_BYTES;
    if (locator >= 0 && u32(locator) == LOCATOR64) {
      long end64 = u64(locator + 8);
      if (end64 > end - END64_BYTES || u32(end64) != END64) {
        throw bad("the zip64 directory is not at byte " + end64);
      }
      count = u64(end64 + 32);
      at = u64(end64 + 48);
    }
    if (count > MAX_ENTRIES) {
      throw bad("the zip directory has " + count + " entries, more than " + MAX_ENTRIES);
    }
    for (long i = 0; i < count; i++) {
      at = readCentral(at);
    }
  }

  private long end() {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - 0xffff); at--) {
      if (u32(at) == END && at + END_BYTES + u16(at + 20) == bytes.byteSize()) {
        return at;
      }
    }
    throw bad("the zip file has no directory at its end; download it again");
  }

  private long readCentral(long at) {
    if (u32(at) != CENTRAL) {
      throw bad("no entry of the zip directory at byte " + at);
    }
    int nameLength = u16(at + 28);
    int extraLength = u16(at + 30);
    String name = text(at + CENTRAL_BYTES, nameLength);
    if ((u16(at + 8) & 1) != 0 || u16(at + 10) != 0) {
      throw bad(
          "zip entry %s is compressed or encrypted; save the file again with torch.save"
              .formatted(quoted(name)));
    }
    var sizes = new Sizes(u32(at + 24), u32(at + 20), u32(at + 42));
    long extra = at + CENTRAL_BYTES + nameLength;
    sizes = zip64(sizes, extra, extra + extraLength);
    if (sizes.size != sizes.stored) {
      throw bad("zip entry %s has two sizes".formatted(quoted(name)));
    }
    Entry entry = new Entry(content(name, sizes.local, sizes.size), sizes.size, (int) u32(at + 16));
    if (entries.put(name, entry) != null) {
      throw bad("two zip entries are named " + quoted(name));
    }
    return extra + extraLength + u16(at + 32);
  }

  private record Sizes(long size, long stored, long local) {}

  private Sizes zip64(Sizes sizes, long from, long to) {
    for (long at = from; at + 4 <= to; at += 4 + u16(at + 2)) {
      if (u16(at) == 1) {
        long field = at + 4;
        long size = sizes.size == ABSENT ? u64(field) : sizes.size;
        field += sizes.size == ABSENT ? Long.BYTES : 0;
        long stored = sizes.stored == ABSENT ? u64(field) : sizes.stored;
        field += sizes.stored == ABSENT ? Long.BYTES : 0;
        return new Sizes(size, stored, sizes.local == ABSENT ? u64(field) : sizes.local);
      }
    }
    return sizes;
  }

  /// Where the content lies, behind the local header, whose name must be the directory's.
  private long content(String name, long local, long size) {
    if (u32(local) != LOCAL || !text(local + LOCAL_BYTES, u16(local + 26)).equals(name)) {
      throw bad("zip entry %s is not at byte %d".formatted(quoted(name), local));
    }
    long content = local + LOCAL_BYTES + u16(local + 26) + u16(local + 28);
    if (size > bytes.byteSize() - content) {
      throw bad(
          "zip entry %s: %d bytes at byte %d do not fit the file of %d bytes"
              .formatted(quoted(name), size, content, bytes.byteSize()));
    }
    return content;
  }

  private int u16(long at) {
    return bytes.get(U16, require(at, 2)) & 0xffff;
  }

  private long u32(long at) {
    return bytes.get(U32, require(at, 4)) & 0xffffffffL;
  }

  private long u64(long at) {
    long value = bytes.get(U64, require(at, 8));
    if (value < 0) {
      throw bad("zip: the number at byte " + at + " is too large");
    }
    return value;
  }

  private String text(long at, int length) {
    byte[] utf8 = bytes.asSlice(require(at, length), length).toArray(JAVA_BYTE);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private long require(long at, int length) {
    if (at < 0 || at > bytes.byteSize() - length) {
      throw bad("zip: byte %d is outside of the file of %d bytes".formatted(at, bytes.byteSize()));
    }
    return at;
  }

  private BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, problem);
  }
}
