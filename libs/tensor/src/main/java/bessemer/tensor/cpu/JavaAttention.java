package bessemer.tensor.cpu;

/// Attention by the Vector API.
final class JavaAttention implements AttentionKernel {
  @Override
  public void run(Device device, AttentionTask.Job job, View bounds) {
    int heads = job.heads();
    int block = Math.max(1, AttentionTask.block(job, device.threads()));
    long blocks = (job.rows() + block - 1) / block;
    device.each(
        job.q().spec.shape().dim(0) * heads * blocks,
        2L * block * job.keys() * job.width(),
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            long b = i / blocks / heads;
            int from = (int) (i % blocks) * block;
            int to = Math.min(job.rows(), from + block);
            AttentionTask.rows(job, b, i / blocks % heads, from, to, bounds.integer(b), own);
          }
        });
  }
}
