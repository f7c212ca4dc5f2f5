package bessemer.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import bessemer.tensor.Backend;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Primitive;
import bessemer.tensor.Primitive.*;
import bessemer.tensor.Quantization;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.cpu.Slabs.Block;
import java.lang.foreign.MemorySegment;

/// Eager, on this machine's memory. Reshape, Slice and Transpose give views, which every kernel
/// reads through its strides. Kernels are written for clarity: fp32, no vectors.
public final class Cpu implements Backend {
  private interface Element {
    float at(long i);
  }

  private interface Row {
    void fill(View out, long row);
  }

  private record Packed(View words, View scales, View biases, int bits, int group) {
    Packed(View words, View scales, View biases, Quantization q) {
      this(words, scales, biases, q.bits(), q.group());
    }

    float get(long i) {
      long bit = i * bits;
      int shift = (int) (bit % 32);
      int code = words.word(bit / 32) >>> shift;
      if (shift + bits > 32) {
        code |= words.word(bit / 32 + 1) << 32 - shift;
      }
      return (code & (1 << bits) - 1) * scales.get(i / group) + biases.get(i / group);
    }
  }

  private final Slabs slabs = new Slabs();
  private final View nothing =
      View.of(new Block(MemorySegment.NULL, null), new Spec(DType.F32, Shape.of(0)));
  private final Workers workers;

  public Cpu(int threads) {
    workers = new Workers(threads);
  }

  /// An engine of the calling thread on this backend.
  public static Engine engine(int threads) {
    return new Engine(new Cpu(threads));
  }

  @Override
  public String describe() {
    return "cpu, plain Java";
  }

  @Override
  public Handle prepare(Handle weight) {
    return weight;
  }

  @Override
  public Handle run(Primitive op, Handle[] in, Spec spec) {
    View a = view(in, 0);
    View b = view(in, 1);
    View c = view(in, 2);
    View d = view(in, 3);
    return shared(
        switch (op) {
          case Fill(float value, _) -> each(spec, _ -> value);
          case Add _ -> {
            View x = a.broadcast(spec.shape());
            View y = b.broadcast(spec.shape());
            yield each(spec, i -> x.get(i) + y.get(i));
          }
          case Multiply _ -> {
            View x = a.broadcast(spec.shape());
            View y = b.broadcast(spec.shape());
            yield each(spec, i -> x.get(i) * y.get(i));
          }
          case Maximum _ -> {
            View x = a.broadcast(spec.shape());
            View y = b.broadcast(spec.shape());
            yield each(spec, i -> Math.max(x.get(i), y.get(i)));
          }
          case Less _ -> {
            View x = a.broadcast(spec.shape());
            View y = b.broadcast(spec.shape());
            yield each(spec, i -> x.get(i) < y.get(i) ? 1 : 0);
          }
          case Where _ -> {
            View x = a.broadcast(spec.shape());
            View y = b.broadcast(spec.shape());
            View z = c.broadcast(spec.shape());
            yield each(spec, i -> x.get(i) != 0 ? y.get(i) : z.get(i));
          }
          case Affine(float scale, float shift) -> each(spec, i -> a.get(i) * scale + shift);
          case Power(float p) -> each(spec, i -> (float) Math.pow(a.get(i), p));
          case Sigmoid _ -> each(spec, i -> sigmoid(a.get(i)));
          case Silu _ -> each(spec, i -> a.get(i) * sigmoid(a.get(i)));
          case Relu _ -> each(spec, i -> Math.max(a.get(i), 0));
          case Softmax _ -> softmax(a, spec);
          case Sum(int axis) -> sum(a, axis, spec);
          case ArgMax _ -> argMax(a, spec);
          case TopK(int count) -> topK(a, count, spec);
          case Take _ -> take(a, b, spec);
          case Categorical(long key) -> categorical(a, key, spec);
          case Matmul(boolean transposeB) -> matmul(a, b, transposeB, spec);
          case QuantizedMatmul(Quantization q) -> matmul(a, new Packed(b, c, d, q), spec);
          case Dequantize(Quantization q) -> {
            var packed = new Packed(a, b, c, q);
            yield each(spec, packed::get);
          }
          case RmsNorm(float epsilon) -> rmsNorm(a, b, epsilon, spec);
          case LayerNorm(float epsilon) -> layerNorm(a, b, c, epsilon, spec);
          case Rope(boolean interleaved, float scale) -> rope(a, b, c, interleaved, scale, spec);
          case Attention(float scale, Mask mask) -> attention(a, b, c, d, scale, mask, spec);
          case MaskBias(Mask mask, long queries, long keys) ->
              each(
                  spec,
                  i -> {
                    long bound = (long) a.get(i / (queries * keys));
                    long query = i / keys % queries;
                    boolean early = i % keys < mask.from(bound, query);
                    return early || i % keys >= mask.to(bound, query, keys) ? -1e30f : 0;
                  });
          case Place _ -> place(a, b, c, spec);
          case Gather _ -> gather(a, b, spec);
          case Scatter _ -> scatter(a, b, spec);
          case OneHot(long classes) ->
              each(spec, i -> (long) a.get(i / classes) == i % classes ? 1 : 0);
          case CrossEntropy _ -> crossEntropy(a, b, spec);
          case Reshape _ -> (a.dense ? a : packed(a)).reshaped(spec);
          case Broadcast _ -> a.broadcast(spec.shape());
          case Transpose(int[] axes) -> a.transposed(spec, axes);
          case Slice(int axis, long from, _) -> a.sliced(spec, axis, from);
          case Concat(int axis) -> concat(in, axis, spec);
          case Cast _ -> each(spec, a::get);
        });
  }

  @Override
  public Handle wrap(MemorySegment data, Spec spec) {
    return shared(View.of(new Block(data, null), spec));
  }

  @Override
  public Handle copy(MemorySegment data, Spec spec) {
    View out = allocate(spec);
    MemorySegment.copy(data, 0, out.block.segment, 0, data.byteSize());
    return shared(out);
  }

  @Override
  public void read(Handle handle, MemorySegment target) {
    View from = (View) handle;
    View to = View.of(new Block(target, null), from.spec);
    for (long i = 0; i < from.spec.shape().size(); i++) {
      to.move(i, from, i);
    }
  }

  @Override
  public void evaluate(Handle handle) {}

  @Override
  public void evaluateAsync(Handle handle) {}

  @Override
  public void release(Handle handle) {
    ((View) handle).block.letGo();
  }

  @Override
  public void close() {
    workers.close();
    slabs.close();
  }

  long reservedBytes() {
    return slabs.reserved();
  }

  private View view(Handle[] in, int i) {
    return i < in.length ? (View) in[i] : nothing;
  }

  private static View shared(View view) {
    view.block.share();
    return view;
  }

  private View allocate(Spec spec) {
    return View.of(slabs.take(spec.bytes()), spec);
  }

  private View each(Spec spec, Element element) {
    return rows(spec, 1, 4, (out, i) -> out.put(i, element.at(i)));
  }

  /// Fills the result row by row, in parallel where `cost` multiplications a row make it
  /// worthwhile.
  private View rows(Spec spec, int width, long cost, Row kernel) {
    View out = allocate(spec);
    workers.each(
        spec.shape().size() / width,
        cost,
        (from, to) -> {
          for (long row = from; row < to; row++) {
            kernel.fill(out, row);
          }
        });
    return out;
  }

  private View packed(View x) {
    return rows(x.spec, 1, 4, (out, i) -> out.move(i, x, i));
  }

  private static float sigmoid(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  private View softmax(View x, Spec spec) {
    int width = (int) spec.shape().dim(-1);
    return rows(
        spec,
        width,
        8L * width,
        (out, row) -> {
          double total = logSumExp(x, row, width);
          for (long i = row * width; i < (row + 1) * width; i++) {
            out.put(i, (float) Math.exp(x.get(i) - total));
          }
        });
  }

  private View argMax(View x, Spec spec) {
    int width = (int) x.spec.shape().dim(-1);
    return rows(
        spec,
        1,
        2L * width,
        (out, row) -> {
          int best = 0;
          for (int i = 1; i < width; i++) {
            best = x.get(row * width + i) > x.get(row * width + best) ? i : best;
          }
          out.block.segment.set(JAVA_INT, 4 * row, best); // not through a float
        });
  }

  private View topK(View x, int count, Spec spec) {
    int width = (int) x.spec.shape().dim(-1);
    return rows(
        spec,
        count,
        4L * width * count,
        (out, row) -> {
          boolean[] taken = new boolean[width];
          for (int k = 0; k < count; k++) {
            int best = -1;
            for (int i = 0; i < width; i++) {
              boolean better = best < 0 || x.get(row * width + i) > x.get(row * width + best);
              best = !taken[i] && better ? i : best;
            }
            taken[best] = true;
            out.block.segment.set(JAVA_INT, 4 * (row * count + k), best);
          }
        });
  }

  private View take(View x, View indices, Spec spec) {
    int width = (int) x.spec.shape().dim(-1);
    int count = (int) spec.shape().dim(-1);
    return rows(
        spec,
        1,
        4,
        (out, i) -> {
          out.put(i, x.get(i / count * width + row(indices, i, width)));
        });
  }

  /// The largest of logit plus Gumbel noise.
  private View categorical(View x, long key, Spec spec) {
    int width = (int) x.spec.shape().dim(-1);
    return rows(
        spec,
        1,
        20L * width,
        (out, row) -> {
          var random = new java.util.SplittableRandom(key * 0x9E3779B97F4A7C15L + row);
          int best = 0;
          double top = Double.NEGATIVE_INFINITY;
          for (int i = 0; i < width; i++) {
            double noisy = x.get(row * width + i) - Math.log(-Math.log(random.nextDouble()));
            best = noisy > top ? i : best;
            top = Math.max(top, noisy);
          }
          out.block.segment.set(JAVA_INT, 4 * row, best);
        });
  }

  private View crossEntropy(View logits, View targets, Spec spec) {
    int width = (int) logits.spec.shape().dim(-1);
    return rows(
        spec,
        1,
        8L * width,
        (out, row) -> {
          int target = (int) targets.get(row);
          boolean counted = target >= 0;
          out.put(
              row,
              counted
                  ? (float) (logSumExp(logits, row, width) - logits.get(row * width + target))
                  : 0);
        });
  }

  private static double logSumExp(View x, long row, int width) {
    float top = Float.NEGATIVE_INFINITY;
    for (long i = row * width; i < (row + 1) * width; i++) {
      top = Math.max(top, x.get(i));
    }
    double sum = 0;
    for (long i = row * width; i < (row + 1) * width; i++) {
      sum += Math.exp(x.get(i) - top);
    }
    return top + Math.log(sum);
  }

  private View sum(View x, int axis, Spec spec) {
    View first = x.sliced(spec, axis, 0);
    int length = (int) x.spec.shape().dim(axis);
    return rows(
        spec,
        1,
        length,
        (out, i) -> {
          float sum = 0;
          long at = first.index(i);
          for (int k = 0; k < length; k++, at += x.strides[axis]) {
            sum += x.load(at);
          }
          out.put(i, sum);
        });
  }

  private View matmul(View a, View b, boolean transposeB, Spec spec) {
    int rows = (int) spec.shape().dim(-2);
    int columns = (int) spec.shape().dim(-1);
    int inner = (int) a.spec.shape().dim(-1);
    boolean shared = b.strides.length == 2;
    long column = b.stride(transposeB ? -2 : -1);
    long step = b.stride(transposeB ? -1 : -2);
    return rows(
        spec,
        1,
        inner,
        (out, i) -> {
          long row = i / columns;
          long right = b.index(shared ? 0 : row / rows * inner * columns) + i % columns * column;
          out.put(i, dot(a, a.index(row * inner), a.stride(-1), b, right, step, inner));
        });
  }

  private static float dot(View a, long at, long aStep, View b, long bt, long bStep, int length) {
    float sum = 0;
    for (int k = 0; k < length; k++) {
      sum += a.load(at + k * aStep) * b.load(bt + k * bStep);
    }
    return sum;
  }

  private View matmul(View x, Packed weight, Spec spec) {
    int columns = (int) spec.shape().dim(-1);
    int inner = (int) x.spec.shape().dim(-1);
    return rows(
        spec,
        1,
        4L * inner,
        (out, i) -> {
          float sum = 0;
          for (int k = 0; k < inner; k++) {
            sum += x.get(i / columns * inner + k) * weight.get(i % columns * inner + k);
          }
          out.put(i, sum);
        });
  }

  private View rmsNorm(View x, View weight, float epsilon, Spec spec) {
    int width = (int) spec.shape().dim(-1);
    return rows(
        spec,
        width,
        2L * width,
        (out, row) -> {
          long from = row * width;
          float squares = 0;
          for (int i = 0; i < width; i++) {
            squares += x.get(from + i) * x.get(from + i);
          }
          float scale = (float) (1 / Math.sqrt(squares / width + epsilon));
          for (int i = 0; i < width; i++) {
            out.put(from + i, x.get(from + i) * scale * weight.get(i));
          }
        });
  }

  private View layerNorm(View x, View weight, View bias, float epsilon, Spec spec) {
    int width = (int) spec.shape().dim(-1);
    return rows(
        spec,
        width,
        3L * width,
        (out, row) -> {
          long from = row * width;
          double sum = 0;
          for (int i = 0; i < width; i++) {
            sum += x.get(from + i);
          }
          double mean = sum / width;
          double squares = 0;
          for (int i = 0; i < width; i++) {
            squares += (x.get(from + i) - mean) * (x.get(from + i) - mean);
          }
          double scale = 1 / Math.sqrt(squares / width + epsilon);
          for (int i = 0; i < width; i++) {
            float normal = (float) ((x.get(from + i) - mean) * scale);
            out.put(from + i, normal * weight.get(i) + bias.get(i));
          }
        });
  }

  private View rope(
      View x, View offsets, View frequencies, boolean interleaved, float scale, Spec spec) {
    int width = (int) spec.shape().dim(3);
    int length = (int) spec.shape().dim(2);
    long perRow = spec.shape().dim(1) * length; // of the batch
    int apart = interleaved ? 1 : width / 2;
    return rows(
        spec,
        width,
        20L * width,
        (out, row) -> {
          float position = offsets.get(row / perRow) + row % length;
          for (int pair = 0; pair < width / 2; pair++) {
            float angle = position * frequencies.get(pair);
            float cos = (float) Math.cos(angle);
            float sin = (float) Math.sin(angle);
            long first = row * width + (interleaved ? 2 * pair : pair);
            float one = x.get(first);
            float two = x.get(first + apart);
            out.put(first, scale * (one * cos - two * sin));
            out.put(first + apart, scale * (two * cos + one * sin));
          }
        });
  }

  /// One pass over the keys: the row of the result is rescaled whenever a larger score turns up.
  private View attention(View q, View k, View v, View bounds, float scale, Mask mask, Spec spec) {
    int heads = (int) spec.shape().dim(1);
    int queries = (int) spec.shape().dim(2);
    int width = (int) spec.shape().dim(3);
    int keys = (int) k.spec.shape().dim(2);
    int sharing = heads / (int) k.spec.shape().dim(1);
    return rows(
        spec,
        width,
        2L * width * keys,
        (out, row) -> {
          long head = row / queries; // of all rows of the batch
          long bound = (long) bounds.get(head / heads);
          long base = head / sharing * keys * width; // heads of a row of the batch are a multiple
          long query = row % queries;
          long from = mask.from(bound, query);
          float top = Float.NEGATIVE_INFINITY;
          float total = 0;
          for (int e = 0; e < width; e++) {
            out.put(row * width + e, 0);
          }
          for (long key = from; key < mask.to(bound, query, keys); key++) {
            long left = q.index(row * width);
            long right = k.index(base + key * width);
            float score = scale * dot(q, left, q.stride(-1), k, right, k.stride(-1), width);
            float raised = Math.max(top, score);
            float fade = (float) Math.exp(top - raised);
            float weight = (float) Math.exp(score - raised);
            top = raised;
            total = total * fade + weight;
            long value = v.index(base + key * width);
            for (int e = 0; e < width; e++) {
              long i = row * width + e;
              out.put(i, out.load(i) * fade + weight * v.load(value + e * v.stride(-1)));
            }
          }
          for (int e = 0; e < width; e++) {
            out.put(row * width + e, total == 0 ? 0 : out.load(row * width + e) / total);
          }
        });
  }

  private View place(View buffer, View update, View offsets, Spec spec) {
    View out = buffer.block.writable() && buffer.dense ? buffer : packed(buffer);
    int heads = (int) spec.shape().dim(1);
    int length = (int) update.spec.shape().dim(2);
    long block = length * spec.shape().dim(3); // of one head of one row
    long stride = spec.shape().dim(2) * spec.shape().dim(3);
    for (int head = 0; head < spec.shape().dim(0) * heads; head++) {
      int offset = (int) offsets.get(head / heads);
      if (offset < 0 || offset + length > spec.shape().dim(2)) {
        throw new IndexOutOfBoundsException(
            "Place: " + length + " at " + offset + " in a buffer of " + spec.shape().dim(2));
      }
      long to = head * stride + offset * spec.shape().dim(3);
      for (long i = 0; i < block; i++) {
        out.move(to + i, update, head * block + i);
      }
    }
    return out;
  }

  private View gather(View table, View indices, Spec spec) {
    int width = (int) spec.shape().dim(-1);
    return rows(
        spec,
        width,
        width,
        (out, row) -> {
          long index = row(indices, row, table.spec.shape().dim(0));
          for (int i = 0; i < width; i++) {
            out.move(row * width + i, table, index * width + i);
          }
        });
  }

  private View scatter(View values, View indices, Spec spec) {
    View out = each(spec, _ -> 0);
    int width = (int) spec.shape().dim(-1);
    for (long row = 0; row < indices.spec.shape().size(); row++) {
      long index = row(indices, row, spec.shape().dim(0));
      for (int i = 0; i < width; i++) {
        out.put(index * width + i, out.load(index * width + i) + values.get(row * width + i));
      }
    }
    return out;
  }

  private static long row(View indices, long i, long rows) {
    long index = (long) indices.get(i);
    if (index < 0 || index >= rows) {
      throw new IndexOutOfBoundsException("index " + index + " in a table of " + rows + " rows");
    }
    return index;
  }

  private View concat(Handle[] in, int axis, Spec spec) {
    View out = allocate(spec);
    long start = 0;
    for (Handle part : in) {
      View from = (View) part;
      View to = out.sliced(part.spec(), axis, start);
      for (long i = 0; i < from.spec.shape().size(); i++) {
        out.move(to.index(i), from, i);
      }
      start += from.spec.shape().dim(axis);
    }
    return out;
  }
}
