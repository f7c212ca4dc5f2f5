package bessemer.tensor.cpu;

/// Attention, in the native file or in Java. A row's result does not depend on the number of
/// threads.
interface AttentionKernel {
  /// Writes `out` of the jobs, which have the same sizes but for the number of keys.
  void run(Device device, AttentionTask.Job... jobs);
}
