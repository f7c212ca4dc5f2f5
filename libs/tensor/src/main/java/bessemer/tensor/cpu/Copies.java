package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Spec;

/// Elements moved as they are, or from one type to another.
final class Copies {
  private static final int SPAN = 4096;

  private static final int PLAIN = 1 << 13; // elements that are cast without vectors

  private Copies() {}

  static View dense(Device device, View x) {
    View out = device.allocate(x.spec);
    into(device, x, out);
    return out;
  }

  /// Copies bits between views of one shape and type.
  static void into(Device device, View from, View to) {
    var walk = new Walk(from.spec.shape(), from, to);
    long width = walk.width();
    int bytes = from.spec.dtype().bytes();
    boolean lines = walk.step(0) == 1 && walk.step(1) == 1;
    device.each(
        from.spec.shape().size(),
        1,
        (first, last, _) -> {
          for (long i = first; i < last; ) {
            long column = i % width;
            long count = Math.min(width - column, last - i);
            long a = from.at(walk.start(0, i / width) + column * walk.step(0));
            long b = to.at(walk.start(1, i / width) + column * walk.step(1));
            if (lines) {
              Raw.copy(a, b, count * bytes);
            } else {
              strided(bytes, a, walk.step(0) * bytes, b, walk.step(1) * bytes, count);
            }
            i += count;
          }
        });
  }

  private static void strided(int bytes, long from, long step, long to, long toStep, long count) {
    for (long i = 0; i < count; i++, from += step, to += toStep) {
      switch (bytes) {
        case 1 -> Raw.putByte(to, Raw.getByte(from));
        case 2 -> Raw.putShort(to, Raw.getShort(from));
        default -> Raw.putInt(to, Raw.getInt(from));
      }
    }
  }

  /// Through floats, except between integers of one width, whose bits stay.
  static View cast(Device device, View x, DType type) {
    var spec = new Spec(type, x.spec.shape());
    DType from = x.spec.dtype();
    if (from == type || !from.isFloat() && !type.isFloat() && from.bytes() == type.bytes()) {
      View same = dense(device, x);
      return same.reshaped(spec);
    }
    View out = device.allocate(spec);
    if (x.dense && halves(from, type)) {
      dense(device, x, out);
      return out;
    }
    if (spec.shape().size() <= PLAIN) {
      plain(x, out);
      return out;
    }
    var walk = new Walk(spec.shape(), x);
    long width = walk.width();
    device.each(
        spec.shape().size(),
        1,
        (first, last, own) -> {
          long spare = own.take(4L * SPAN);
          for (long i = first; i < last; ) {
            long column = i % width;
            int count = (int) Math.min(SPAN, Math.min(width - column, last - i));
            long at = x.at(walk.start(0, i / width) + column * walk.step(0));
            long target = type == DType.F32 ? out.at(i) : spare;
            Panels.copyLine(from, at, walk.step(0), count, target);
            if (type != DType.F32) {
              Half.fromFloats(type, spare, out.at(i), count);
            }
            i += count;
          }
        });
    return out;
  }

  /// Whether one is of floats and the other of 16-bit floats.
  private static boolean halves(DType from, DType to) {
    return from.isFloat() && to.isFloat() && (from == DType.F32) != (to == DType.F32);
  }

  private static void dense(Device device, View x, View out) {
    DType from = x.spec.dtype();
    DType to = out.spec.dtype();
    device.each(
        out.spec.shape().size(),
        1,
        (first, last, _) -> {
          int count = (int) (last - first);
          long at = x.at(x.offset + first);
          if (from == DType.F32) {
            device.loops().narrow(to, at, out.at(first), count);
          } else {
            device.loops().widen(from, at, out.at(first), count);
          }
        });
  }

  /// One by one, for single rows, which run before vectors are compiled and would leave objects
  /// behind.
  private static void plain(View x, View out) {
    DType from = x.spec.dtype();
    DType to = out.spec.dtype();
    for (long i = 0; i < out.spec.shape().size(); i++) {
      Half.store(to, out.at(i), Half.load(from, x.at(x.index(i))));
    }
  }
}
