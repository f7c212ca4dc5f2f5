package bessemer.tensor.cpu;

/// Attention by the Vector API.
final class JavaAttention implements AttentionKernel {
  @Override
  public void run(Device device, AttentionTask.Job[] jobs) {
    AttentionTask.Job like = jobs[0];
    long heads = like.batch() * like.heads();
    int block = Math.max(1, AttentionTask.block(like, device.threads(), heads * jobs.length));
    long blocks = (like.rows() + block - 1) / block;
    long keys = 0;
    for (AttentionTask.Job job : jobs) {
      keys += job.keys();
    }
    device.each(
        jobs.length * heads * blocks,
        2L * block * keys / jobs.length * like.width(),
        (first, last, own) -> {
          for (long i = first; i < last; i++) {
            AttentionTask.Job job = jobs[(int) (i / blocks / heads)];
            long head = i / blocks % heads;
            long batch = head / job.heads();
            int from = (int) (i % blocks) * block;
            int to = Math.min(job.rows(), from + block);
            long bound = job.bounds().integer(batch);
            AttentionTask.rows(job, batch, head % job.heads(), from, to, bound, own);
          }
        });
  }
}
