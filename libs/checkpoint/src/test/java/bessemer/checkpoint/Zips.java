package bessemer.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/// Writes zip files of uncompressed entries, also with the directory of zip64.
final class Zips {
  private final ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private final boolean zip64;

  private Zips(boolean zip64) {
    this.zip64 = zip64;
  }

  static byte[] stored(Map<String, byte[]> entries) {
    return new Zips(false).write(entries);
  }

  /// All sizes and offsets lie in the fields of zip64.
  static byte[] stored64(Map<String, byte[]> entries) {
    return new Zips(true).write(entries);
  }

  /// A file of `torch.save` with this pickle and one storage named `0`.
  static Map<String, byte[]> torch(byte[] pickle, byte[] storage) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    entries.put("archive/data/0", storage);
    return entries;
  }

  private byte[] write(Map<String, byte[]> entries) {
    Map<String, Integer> offsets = new LinkedHashMap<>();
    entries.forEach((name, content) -> {
      offsets.put(name, out.position());
      local(name, content);
    });
    int directory = out.position();
    entries.forEach((name, content) -> central(name, content, offsets.get(name)));
    end(entries.size(), directory);
    return Arrays.copyOf(out.array(), out.position());
  }

  private void local(String name, byte[] content) {
    out.putInt(0x04034b50).putShort((short) 20).putShort((short) 0).putShort((short) 0);
    out.putInt(0).putInt(crc(content)).putInt(content.length).putInt(content.length);
    out.putShort((short) name.length()).putShort((short) 0);
    out.put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
  }

  private void central(String name, byte[] content, int offset) {
    out.putInt(0x02014b50).putShort((short) 20).putShort((short) 20);
    out.putShort((short) 0).putShort((short) 0).putInt(0).putInt(crc(content));
    out.putInt(zip64 ? -1 : content.length).putInt(zip64 ? -1 : content.length);
    out.putShort((short) name.length()).putShort((short) (zip64 ? 28 : 0)).putShort((short) 0);
    out.putShort((short) 0).putShort((short) 0).putInt(0).putInt(zip64 ? -1 : offset);
    out.put(name.getBytes(StandardCharsets.US_ASCII));
    if (zip64) {
      out.putShort((short) 1).putShort((short) 24);
      out.putLong(content.length).putLong(content.length).putLong(offset);
    }
  }

  private void end(int count, int directory) {
    int end64 = out.position();
    int size = end64 - directory;
    if (zip64) {
      out.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
      out.putInt(0).putInt(0).putLong(count).putLong(count).putLong(size).putLong(directory);
      out.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
    }
    out.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
    out.putShort((short) (zip64 ? -1 : count)).putShort((short) (zip64 ? -1 : count));
    out.putInt(size).putInt(zip64 ? -1 : directory).putShort((short) 0);
  }

  private static int crc(byte[] content) {
    var crc = new CRC32();
    crc.update(content);
    return (int) crc.getValue();
  }
}
