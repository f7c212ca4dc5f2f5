package bessemer.tensor.cpu;

import bessemer.tensor.Mask;
import bessemer.tensor.Primitive;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;

/// Primitives that work along the last axis, row by row.
final class Rows {
  private Rows() {}

  private interface Row {
    void run(long x, long row, Scratch own);
  }

  /// Every row of floats of `x`; `cost` multiplications an element.
  private static void each(Device device, View x, int cost, Row kernel) {
    View rows = device.denseFloats(x);
    long width = x.spec.shape().dim(-1);
    long count = width == 0 ? 0 : x.spec.shape().size() / width;
    device.each(
        count,
        cost * width,
        (first, last, own) -> {
          for (long row = first; row < last; row++) {
            kernel.run(rows.at(rows.offset + row * width), row, own);
          }
        });
  }

  private static int width(View x) {
    return (int) x.spec.shape().dim(-1);
  }

  static View softmax(Device device, View x, Spec spec) {
    View out = device.floats(spec);
    int width = width(x);
    each(device, x, 12, (at, row, _) -> Logits.row(at, width, out.at(row * width)));
    return device.as(spec.dtype(), out);
  }

  static View rmsNorm(Device device, View x, View weight, float epsilon, Spec spec) {
    View out = device.floats(spec);
    int width = width(x);
    long w = device.denseFloats(weight).address();
    Loops loops = device.loops();
    each(device, x, 2, (at, row, _) -> loops.rms(at, w, epsilon, width, out.at(row * width)));
    return device.as(spec.dtype(), out);
  }

  static View layerNorm(Device device, View x, View weight, View bias, float epsilon, Spec spec) {
    View out = device.floats(spec);
    int width = width(x);
    long w = device.denseFloats(weight).address();
    long b = device.denseFloats(bias).address();
    Loops loops = device.loops();
    each(device, x, 3, (at, row, _) -> loops.layer(at, w, b, epsilon, width, out.at(row * width)));
    return device.as(spec.dtype(), out);
  }

  static View crossEntropy(Device device, View logits, View targets, Spec spec) {
    View out = device.floats(spec);
    int width = width(logits);
    each(
        device,
        logits,
        12,
        (at, row, _) -> {
          int target = (int) targets.integer(row);
          if (target >= width) {
            throw new IndexOutOfBoundsException("target " + target + " of " + width + " classes");
          }
          Raw.put(out.at(row), target < 0 ? 0 : Logits.loss(device.loops(), at, width, target));
        });
    return device.as(spec.dtype(), out);
  }

  static View crossEntropyGradient(
      Device device, View logits, View targets, View gradients, Spec spec) {
    View out = device.floats(spec);
    View of = device.denseFloats(gradients);
    int width = width(logits);
    each(
        device,
        logits,
        12,
        (at, row, _) -> {
          int target = (int) targets.integer(row);
          long to = out.at(row * width);
          if (target < 0) {
            Raw.clear(to, 4L * width);
          } else {
            float g = Raw.get(of.at(of.offset + row));
            Logits.row(at, width, to);
            Logits.scale(to, width, g);
            Raw.put(to + 4L * target, Raw.get(to + 4L * target) - g);
          }
        });
    return device.as(spec.dtype(), out);
  }

  static View rmsNormGradient(
      Device device, View x, View weight, View gradient, float epsilon, Spec spec) {
    View out = device.floats(spec);
    View g = device.denseFloats(gradient);
    int width = width(x);
    long w = device.denseFloats(weight).address();
    each(
        device,
        x,
        4,
        (at, row, _) -> {
          long from = g.at(g.offset + row * width);
          Norms.rmsGradient(at, w, from, epsilon, width, out.at(row * width));
        });
    return device.as(spec.dtype(), out);
  }

  static View argMax(Device device, View x, Spec spec) {
    View out = device.allocate(spec);
    int width = width(x);
    Loops loops = device.loops();
    each(device, x, 2, (at, row, _) -> Raw.putInt(out.at(row), Logits.argMax(loops, at, width)));
    return out;
  }

  static View topK(Device device, View x, int count, Spec spec) {
    View out = device.allocate(spec);
    int width = width(x);
    Loops loops = device.loops();
    each(device, x, 4, (at, row, _) -> Logits.topK(loops, at, width, count, out.at(row * count)));
    return out;
  }

  static View draw(Device device, View x, View uniforms, Primitive.Draw rules, Spec spec) {
    View out = device.allocate(spec);
    View u = device.denseFloats(uniforms);
    int width = width(x);
    each(
        device,
        x,
        12,
        (at, row, _) ->
            Raw.putInt(out.at(row), Draws.from(at, width, Raw.get(u.at(u.offset + row)), rules)));
    return out;
  }

  static View sum(Device device, View x, int axis, Spec spec) {
    View from = device.denseFloats(x);
    View out = device.floats(spec);
    int rank = x.strides.length;
    int at = axis < 0 ? axis + rank : axis;
    int length = (int) x.spec.shape().dim(at);
    long inner = from.strides[at];
    if (inner == 1) {
      device.each(
          spec.shape().size(),
          length,
          (first, last, _) -> {
            for (long i = first; i < last; i++) {
              Raw.put(out.at(i), Norms.sum(from.at(from.offset + i * length), length));
            }
          });
    } else {
      device.each(
          spec.shape().size(),
          length,
          (first, last, _) -> {
            for (long i = first; i < last; ) {
              int count = (int) Math.min(512, Math.min(inner - i % inner, last - i));
              long start = from.at(from.offset + i / inner * inner * length + i % inner);
              columns(start, 4 * inner, length, count, out.at(i));
              i += count;
            }
          });
    }
    return device.as(spec.dtype(), out);
  }

  private static void columns(long from, long step, int length, int count, long out) {
    for (int i = 0; i < count; i++) {
      Raw.put(out + 4L * i, 0);
    }
    for (int k = 0; k < length; k++, from += step) {
      Elementwise.add(out, from, out, count);
    }
  }

  static View rope(
      Device device, Rotation rotation, View x, View offsets, View frequencies, Turn turn) {
    View from = device.floatRows(x);
    View out = device.floats(x.spec);
    int batch = (int) x.spec.shape().dim(0);
    int heads = (int) x.spec.shape().dim(1);
    int length = (int) x.spec.shape().dim(2);
    int width = width(x);
    int pairs = width / 2;
    long steps = device.denseFloats(frequencies).address();
    long[] starts = new long[batch];
    boolean alike = true;
    for (int i = 0; i < batch; i++) {
      starts[i] = offsets.integer(i);
      alike &= starts[i] == starts[0];
    }
    boolean one = alike && batch > 0;
    long[] kinds = one && batch > 1 ? new long[] {starts[0]} : starts;
    long table = rotation.table(steps, pairs, kinds, length, turn.scale);
    Loops loops = device.loops();
    device.each(
        (long) batch * heads * length,
        4L * width,
        (first, last, _) -> {
          for (long row = first; row < last; row++) {
            long b = one ? 0 : row / length / heads;
            long angles = table + 8L * pairs * (b * length + row % length);
            long at = from.at(from.index(row * width));
            loops.turn(at, angles, pairs, turn.interleaved, out.at(row * width));
          }
        });
    return device.as(x.spec.dtype(), out);
  }

  /// How pairs are chosen and what the result is multiplied by.
  record Turn(boolean interleaved, float scale) {}

  static View attention(
      Device device, View q, View k, View v, View bounds, float scale, Mask mask) {
    View out = device.floats(q.spec);
    int sharing = (int) (q.spec.shape().dim(1) / k.spec.shape().dim(1));
    int queries = (int) q.spec.shape().dim(2);
    int keys = (int) k.spec.shape().dim(2);
    View keyRows = k.rowsDense() ? k : device.dense(k);
    View valueRows = v.rowsDense() ? v : device.dense(v);
    var job =
        new AttentionTask.Job(
            device.kernels(),
            device.floatRows(q),
            keyRows,
            valueRows,
            out,
            bounds,
            mask,
            scale,
            sharing,
            queries,
            keys);
    device.attention().run(device, job);
    return device.as(q.spec.dtype(), out);
  }

  /// Rows with keys of their own: `in` is the queries, the bounds, then keys and values by row.
  static View attention(Device device, View[] in, float scale, Mask mask) {
    View q = device.floatRows(in[0]);
    View out = device.floats(q.spec);
    var jobs = new AttentionTask.Job[(in.length - 2) / 2];
    for (int row = 0; row < jobs.length; row++) {
      jobs[row] = job(device, in, row, q, out, scale, mask);
    }
    if (jobs.length > 0) {
      device.attention().run(device, jobs);
    }
    return device.as(in[0].spec.dtype(), out);
  }

  private static AttentionTask.Job job(
      Device device, View[] in, int row, View q, View out, float scale, Mask mask) {
    boolean alone = q.spec.shape().dim(0) == 1;
    Spec line = alone ? q.spec : q.spec.with(q.spec.shape().with(0, 1));
    View bound = alone ? in[1] : in[1].sliced(in[1].spec.with(Shape.of(1)), 0, row);
    View k = in[2 + 2 * row];
    View v = in[3 + 2 * row];
    int queries = (int) q.spec.shape().dim(2);
    int sharing = (int) (q.spec.shape().dim(1) / k.spec.shape().dim(1));
    long seen = mask.to(bound.integer(0), queries - 1, k.spec.shape().dim(2));
    return new AttentionTask.Job(
        device.kernels(),
        alone ? q : q.sliced(line, 0, row),
        k.rowsDense() ? k : device.dense(k),
        v.rowsDense() ? v : device.dense(v),
        alone ? out : out.sliced(line, 0, row),
        bound,
        mask,
        scale,
        sharing,
        queries,
        (int) seen);
  }
}
