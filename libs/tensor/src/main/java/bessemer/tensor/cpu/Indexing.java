package bessemer.tensor.cpu;

import bessemer.tensor.Mask;
import bessemer.tensor.Spec;

/// Primitives that move rows to where indices say.
final class Indexing {
  private static final float MASKED = -1e30f;

  private Indexing() {}

  private static long row(View indices, long i, long rows) {
    long index = indices.integer(i);
    if (index < 0 || index >= rows) {
      throw new IndexOutOfBoundsException("index " + index + " in a table of " + rows + " rows");
    }
    return index;
  }

  static View gather(Device device, View table, View indices, Spec spec) {
    View from = table.rowsDense() ? table : device.dense(table);
    View out = device.allocate(spec);
    long width = spec.shape().dim(-1);
    long bytes = width * spec.dtype().bytes();
    device.each(
        indices.spec.shape().size(),
        width,
        (first, last, _) -> {
          for (long i = first; i < last; i++) {
            long index = row(indices, i, table.spec.shape().dim(0));
            Raw.copy(from.at(from.offset + index * from.stride(0)), out.at(i * width), bytes);
          }
        });
    return out;
  }

  /// Rows are added in the order of the indices; threads share the columns.
  static View scatter(Device device, View values, View indices, Spec spec) {
    View from = device.denseFloats(values);
    View out = device.floats(spec);
    long rows = spec.shape().dim(0);
    long width = spec.shape().dim(1);
    long count = indices.spec.shape().size();
    out.block.segment.asSlice(0, out.spec.bytes()).fill((byte) 0);
    device.each(
        width,
        count,
        (first, last, _) -> {
          for (long i = 0; i < count; i++) {
            long to = out.at(row(indices, i, rows) * width + first);
            long at = from.at(from.offset + i * width + first);
            Elementwise.add(to, at, to, (int) (last - first));
          }
        });
    return device.as(spec.dtype(), out);
  }

  static View take(Device device, View x, View indices, Spec spec) {
    View from = device.denseFloats(x);
    View out = device.floats(spec);
    long width = x.spec.shape().dim(-1);
    long count = spec.shape().dim(-1);
    device.each(
        spec.shape().size(),
        4,
        (first, last, _) -> {
          for (long i = first; i < last; i++) {
            long at = from.offset + i / count * width + row(indices, i, width);
            Raw.put(out.at(i), Raw.get(from.at(at)));
          }
        });
    return device.as(spec.dtype(), out);
  }

  static View oneHot(Device device, View indices, long classes, Spec spec) {
    View out = device.allocate(spec);
    out.block.segment.asSlice(0, spec.bytes()).fill((byte) 0);
    for (long i = 0; i < indices.spec.shape().size(); i++) {
      long index = indices.integer(i);
      if (index >= 0 && index < classes) {
        Raw.put(out.at(i * classes + index), 1);
      }
    }
    return out;
  }

  static View maskBias(Device device, View bounds, Mask mask, Spec spec) {
    View out = device.allocate(spec);
    long queries = spec.shape().dim(2);
    long keys = spec.shape().dim(3);
    device.each(
        spec.shape().dim(0) * queries,
        keys,
        (first, last, _) -> {
          for (long row = first; row < last; row++) {
            long bound = bounds.integer(row / queries);
            long from = mask.from(bound, row % queries);
            long to = mask.to(bound, row % queries, keys);
            for (long key = 0; key < keys; key++) {
              Raw.put(out.at(row * keys + key), key < from || key >= to ? MASKED : 0);
            }
          }
        });
    return out;
  }

  static View fill(Device device, float value, Spec spec) {
    View out = device.allocate(spec);
    device.each(
        spec.shape().size(),
        1,
        (first, last, _) -> {
          for (long i = first; i < last; i++) {
            Raw.put(out.at(i), value);
          }
        });
    return out;
  }

  static View place(Device device, View buffer, View update, View offsets) {
    Spec spec = buffer.spec;
    long length = update.spec.shape().dim(2);
    for (long b = 0; b < spec.shape().dim(0); b++) {
      long offset = offsets.integer(b);
      if (offset < 0 || offset + length > spec.shape().dim(2)) {
        throw new IndexOutOfBoundsException(
            "Place: " + length + " at " + offset + " in a buffer of " + spec.shape().dim(2));
      }
    }
    boolean owned = buffer.block.writable() && buffer.dense;
    View out = owned ? buffer : Copies.dense(device, buffer);
    if (spec.shape().dim(0) == 1) {
      Spec part = stored(update.spec, spec);
      into(device, update, out.sliced(part, 2, offsets.integer(0)));
      return out;
    }
    for (long b = 0; b < spec.shape().dim(0); b++) {
      Spec one = update.spec.with(update.spec.shape().with(0, 1));
      Spec line = spec.with(spec.shape().with(0, 1));
      Spec part = stored(one, line);
      View target = out.sliced(line, 0, b).sliced(part, 2, offsets.integer(b));
      into(device, update.sliced(one, 0, b), target);
    }
    return out;
  }

  /// An update as its buffer has it.
  private static Spec stored(Spec update, Spec buffer) {
    return update.dtype() == buffer.dtype()
        ? update
        : buffer.with(buffer.shape().with(2, update.shape().dim(2)));
  }

  private static void into(Device device, View update, View target) {
    if (update.spec.dtype() == target.spec.dtype()) {
      Copies.into(device, update, target);
    } else {
      Stored.into(device, update, target);
    }
  }

  static View concat(Device device, View[] parts, int axis, Spec spec) {
    View out = device.allocate(spec);
    int at = axis < 0 ? axis + spec.shape().rank() : axis;
    long start = 0;
    for (View part : parts) {
      Copies.into(device, part, out.sliced(part.spec, at, start));
      start += part.spec.shape().dim(at);
    }
    return out;
  }
}
