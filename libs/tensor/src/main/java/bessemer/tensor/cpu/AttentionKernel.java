package bessemer.tensor.cpu;

/// Attention, in the native file or in Java. A row's result does not depend on the number of
/// threads.
interface AttentionKernel {
  /// Writes `out` of the jobs, which differ in their keys only: those of all rows of a batch, or
  /// one job for each row.
  void run(Device device, AttentionTask.Job[] jobs);
}
