package bessemer.tensor.cpu;

import bessemer.tensor.DType;
import bessemer.tensor.Mask;
import java.lang.invoke.MethodHandle;

/// Attention by the native file: `attention.h`. Few rows that see many keys are cut into ranges of
/// keys, the same ones for any number of threads.
final class NativeAttention implements AttentionKernel {
  private static final int RECORD = 24 * 8; // bytes of struct attention, and some
  private static final int CODES = 3; // their type there
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
  ///
  /// @param first number of its first task
  private record Tasks(
      AttentionTask.Job job, int block, long blocks, long ranges, long partials, long first) {
    long heads() {
      return job.batch() * job.heads();
    }

    long each() {
      return blocks * ranges;
    }

    long end() {
      return first + heads() * each();
    }

    boolean cut() {
      return ranges > 1;
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
  public void run(Device device, AttentionTask.Job... jobs) {
    var all = new Tasks[jobs.length];
    long end = 0;
    long work = 0;
    for (int i = 0; i < all.length; i++) {
      all[i] = tasks(device, same(device, jobs[i]), end);
      end = all[i].end();
      work += 2L * all[i].heads() * jobs[i].rows() * jobs[i].keys() * jobs[i].width();
    }
    device.each(
        end,
        work / Math.max(1, end),
        (first, last, own) -> {
          int i = 0;
          for (long task = first; task < last; task++) {
            while (task >= all[i].end()) {
              i++;
            }
            attend(all[i], task - all[i].first, own);
          }
        });
    for (Tasks tasks : all) {
      if (tasks.cut()) {
        together(device, tasks);
      }
    }
  }

  private static Tasks tasks(Device device, AttentionTask.Job job, long first) {
    int block = Math.max(1, AttentionTask.block(job, device.threads()));
    long ranges = job.rows() <= FEW ? Math.max(1, (job.keys() + RANGE - 1L) / RANGE) : 1;
    if (ranges == 1) {
      return new Tasks(job, block, (job.rows() + block - 1) / block, 1, 0, first);
    }
    long bytes = job.batch() * job.heads() * ranges * 4 * job.rows() * (job.width() + 2);
    return new Tasks(job, job.rows(), 1, ranges, device.borrow(bytes), first);
  }

  private void together(Device device, Tasks tasks) {
    device.each(
        tasks.heads(),
        tasks.ranges * tasks.job.rows() * tasks.job.width(),
        (first, last, own) -> {
          for (long head = first; head < last; head++) {
            together(tasks, head, own);
          }
        });
  }

  /// Keys and values of one type that kernels know.
  private static AttentionTask.Job same(Device device, AttentionTask.Job job) {
    DType type = job.k().spec.dtype();
    if ((type.isFloat() || type == DType.I8) && type == job.v().spec.dtype()) {
      return job;
    }
    return job.with(device.denseFloats(job.k()), device.denseFloats(job.v()));
  }

  private void attend(Tasks tasks, long task, Scratch own) {
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
      put(job, head, record);
      Raw.putLongs(record + 18 * 8, first, first + rows, firstKey, lastKey);
      Raw.putLong(record + 22 * 8, partial);
      attend.invokeExact(record, record + RECORD);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private void together(Tasks tasks, long head, Scratch own) {
    long record = own.take(RECORD);
    put(tasks.job, head, record);
    long rows = tasks.job.rows();
    Raw.putLongs(record + 18 * 8, 0, rows, 0, tasks.job.keys());
    Raw.putLong(record + 22 * 8, tasks.partial(head));
    try {
      together.invokeExact(record, tasks.ranges, tasks.step() / 4);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// The first 18 fields of `struct attention`: all but the part of the task.
  private static void put(AttentionTask.Job job, long heads, long to) {
    long batch = heads / job.heads();
    long head = heads % job.heads();
    View q = job.q();
    View out = job.out();
    View k = job.k();
    View v = job.v();
    long type = k.spec.dtype() == DType.I8 ? CODES : NativeProduct.type(k.spec.dtype());
    long keys = AttentionTask.Job.key(k, batch, head, 0);
    long values = AttentionTask.Job.key(v, batch, head, 0);
    Raw.putLongs(to, job.at(q, batch, head, 0), q.stride(1), q.stride(2), keys);
    Raw.putLongs(to + 4 * 8, values, k.stride(2), v.stride(2), type);
    Raw.putLongs(
        to + 8 * 8, job.at(out, batch, head, 0), out.stride(1), out.stride(2), job.sharing());
    long causal = job.mask() instanceof Mask.Padded ? 0 : 1;
    long scale = Double.doubleToRawLongBits(job.scale());
    Raw.putLongs(to + 12 * 8, job.width(), scale, job.bounds().integer(batch), causal);
    Raw.putLong(to + 16 * 8, job.mask() instanceof Mask.Window(long size) ? size : 0);
    Raw.putLong(to + 17 * 8, job.keys());
  }
}
