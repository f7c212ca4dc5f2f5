package bessemer.tensor.cpu;

/// Attention, in the native file or in Java. A row's result does not depend on the number of
/// threads.
interface AttentionKernel {
  /// Writes `out` of the job.
  ///
  /// @param bounds of the mask, one for each row of the batch
  void run(Device device, AttentionTask.Job job, View bounds);
}
