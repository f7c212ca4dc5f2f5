package bessemer.tensor.cpu;

import java.util.Arrays;

/// Attention by the Vector API.
final class JavaAttention implements AttentionKernel {
  @Override
  public void run(Device device, AttentionTask.Job... jobs) {
    AttentionTask.Job alike = jobs[0];
    int heads = alike.heads();
    int block = Math.max(1, AttentionTask.block(alike, device.threads()));
    int blocks = (alike.rows() + block - 1) / block;
    long each = alike.batch() * heads * blocks;
    long keys = Arrays.stream(jobs).mapToLong(AttentionTask.Job::keys).sum() / jobs.length;
    device.each(
        jobs.length * each,
        2L * block * keys * alike.width(),
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            AttentionTask.Job job = jobs[(int) (i / each)];
            int from = (int) (i % blocks) * block;
            int to = Math.min(job.rows(), from + block);
            long batch = i % each / blocks / heads;
            AttentionTask.rows(job, batch, i / blocks % heads, from, to, own);
          }
        });
  }
}
