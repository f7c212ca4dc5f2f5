package bessemer.checkpoint;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The bytes of a pickle, read one argument after the other.
final class PickleBytes {
  private final Path file;
  private final ByteBuffer bytes;

  PickleBytes(Path file, byte[] pickle) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
  }

  int position() {
    return bytes.position();
  }

  int u8() {
    return need(1).get() & 0xff;
  }

  int u16() {
    return need(2).getShort() & 0xffff;
  }

  int i32() {
    return need(4).getInt();
  }

  /// A length that must lie in the pickle.
  int length32() {
    long length = i32() & 0xffffffffL;
    need(length);
    return (int) length;
  }

  void skip(long count) {
    need(count).position(bytes.position() + (int) count);
  }

  String text(int length) {
    ByteBuffer utf8 = need(length).slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new BadCheckpointException(file, at() + "a text is not UTF-8", e);
    }
  }

  /// ASCII up to the next line feed, as the opcode GLOBAL has its names.
  String line() {
    var line = new StringBuilder();
    for (int c = u8(); c != '\n'; c = u8()) {
      line.append((char) c);
    }
    return line.toString();
  }

  /// Little-endian two's complement.
  BigInteger whole(int length) {
    byte[] bigEndian = new byte[length + 1];
    need(length);
    for (int i = length; i > 0; i--) {
      bigEndian[i] = bytes.get();
    }
    bigEndian[0] = (byte) (length > 0 && bigEndian[1] < 0 ? -1 : 0);
    return new BigInteger(bigEndian);
  }

  /// Of 64 bits, the only number that is big-endian.
  double real() {
    return Double.longBitsToDouble(Long.reverseBytes(need(Double.BYTES).getLong()));
  }

  BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, at() + problem);
  }

  private String at() {
    return "data.pkl, byte " + bytes.position() + ": ";
  }

  private ByteBuffer need(long count) {
    if (count < 0 || count > bytes.remaining()) {
      throw bad("%d bytes follow where %d are announced".formatted(bytes.remaining(), count));
    }
    return bytes;
  }
}
