package bessemer.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes pickles by hand, also such that no Python would write.
final class Pickles {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// `{"w": tensor}` of 32-bit floats in storage `0`.
  static byte[] tensor(long length, long offset, long[] shape, long[] strides) {
    return new Pickles()
        .op(0x80, 2)
        .op('}')
        .text("w")
        .global("torch._utils", "_rebuild_tensor_v2")
        .op('(', '(')
        .text("storage")
        .global("torch", "FloatStorage")
        .text("0")
        .text("cpu")
        .whole(length)
        .op('t', 'Q')
        .whole(offset)
        .wholes(shape)
        .wholes(strides)
        .op(0x89, 't', 'R', 's', '.')
        .bytes();
  }

  Pickles op(int... opcodes) {
    for (int opcode : opcodes) {
      out.write(opcode);
    }
    return this;
  }

  Pickles text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X');
    out.writeBytes(little(4).putInt(utf8.length).array());
    out.writeBytes(utf8);
    return this;
  }

  Pickles global(String module, String name) {
    op('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  Pickles whole(long value) {
    op(0x8a, 8);
    out.writeBytes(little(8).putLong(value).array());
    return this;
  }

  Pickles wholes(long... values) {
    op('(');
    for (long value : values) {
      whole(value);
    }
    return op('t');
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
