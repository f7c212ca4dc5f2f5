package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Mask;
import java.lang.invoke.MethodHandle;

/// Attention by the native file: `attention.h`. Few rows that see many keys are cut into ranges of
/// keys, the same ones for any number of threads.
final class NativeAttention implements AttentionKernel {
  private static final int RECORD = 24 * 8; // bytes of struct attention, and some
  private static final int RANGE = 1024; // keys
  private static final int FEW = 24;

  private final MethodHandle attend;
  private final MethodHandle together;
  private final MethodHandle scratch;

  NativeAttention(NativeKernels kernels) {
    attend = kernels.function("attend", false, 2);
    together = kernels.function("attend_together", false, 3);
    scratch = kernels.function("attend_scratch", true, 2);
  }

  /// One attention cut into tasks: heads of keys, then blocks of rows, then ranges of keys.
  private record Tasks(AttentionTask.Job job, int block, long blocks, long ranges, long partials) {
    long each() {
      return blocks * ranges;
    }

    long partial(long head) {
      return partials + head * ranges * step();
    }

    /// Bytes of the sums of one range.
    long step() {
      return 4L * job.rows() * (job.width() + 2);
    }
  }

  @Override
  public void run(Device device, AttentionTask.Job plain, View bounds) {
    AttentionTask.Job job = same(device, plain);
    int block = Math.max(1, AttentionTask.block(job, device.threads()));
    long ranges = job.rows() <= FEW ? (job.keys() + RANGE - 1L) / RANGE : 1;
    boolean cut = ranges > 1;
    block = cut ? job.rows() : block;
    long heads = job.q().spec.shape().dim(0) * job.heads();
    long bytes = heads * ranges * 4 * job.rows() * (job.width() + 2);
    long blocks = (job.rows() + block - 1) / block;
    var tasks = new Tasks(job, block, blocks, ranges, cut ? device.borrow(bytes) : 0);
    device.each(
        heads * tasks.each(),
        2L * block * job.keys() / ranges * job.width(),
        (first, last, own) -> {
          for (long task = first; task < last; task++) {
            attend(tasks, task, bounds, own);
          }
        });
    if (cut) {
      device.each(
          heads,
          ranges * job.rows() * job.width(),
          (first, last, own) -> {
            for (long head = first; head < last; head++) {
              together(tasks, head, bounds, own);
            }
          });
    }
  }

  /// Keys and values of one type that kernels know.
  private static AttentionTask.Job same(Device device, AttentionTask.Job job) {
    DType type = job.k().spec.dtype();
    if (type.isFloat() && type == job.v().spec.dtype()) {
      return job;
    }
    return job.with(device.denseFloats(job.k()), device.denseFloats(job.v()));
  }

  private void attend(Tasks tasks, long task, View bounds, Scratch own) {
    AttentionTask.Job job = tasks.job;
    long head = task / tasks.each();
    long block = task % tasks.each() / tasks.ranges;
    long range = task % tasks.ranges;
    long first = block * tasks.block;
    long rows = Math.min(job.rows() - first, tasks.block);
    long firstKey = range * RANGE;
    long lastKey = tasks.ranges == 1 ? job.keys() : Math.min(job.keys(), firstKey + RANGE);
    long partial = tasks.ranges == 1 ? 0 : tasks.partial(head) + range * tasks.step();
    try {
      long bytes = (long) scratch.invokeExact(rows, (long) job.width());
      long record = own.take(RECORD + bytes);
      put(job, head, bounds, record);
      Raw.putLongs(record + 18 * 8, first, first + rows, firstKey, lastKey, partial);
      attend.invokeExact(record, record + RECORD);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private void together(Tasks tasks, long head, View bounds, Scratch own) {
    long record = own.take(RECORD);
    put(tasks.job, head, bounds, record);
    long rows = tasks.job.rows();
    Raw.putLongs(record + 18 * 8, 0, rows, 0, tasks.job.keys(), tasks.partial(head));
    try {
      together.invokeExact(record, tasks.ranges, tasks.step() / 4);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// The first 18 fields of `struct attention`: all but the part of the task.
  private static void put(AttentionTask.Job job, long heads, View bounds, long to) {
    long batch = heads / job.heads();
    long head = heads % job.heads();
    View q = job.q();
    View out = job.out();
    Raw.putLongs(to, job.at(q, batch, head, 0), q.stride(1), q.stride(2));
    Raw.putLongs(
        to + 3 * 8,
        AttentionTask.Job.key(job.k(), batch, head, 0),
        AttentionTask.Job.key(job.v(), batch, head, 0),
        job.k().stride(2),
        job.v().stride(2),
        NativeProduct.type(job.k().spec.dtype()));
    Raw.putLongs(to + 8 * 8, job.at(out, batch, head, 0), out.stride(1), out.stride(2));
    Raw.putLongs(
        to + 11 * 8,
        job.sharing(),
        job.width(),
        Double.doubleToRawLongBits(job.scale()),
        bounds.integer(batch),
        job.mask() instanceof Mask.Padded ? 0 : 1,
        job.mask() instanceof Mask.Window(long size) ? size : 0,
        job.keys());
  }
}
