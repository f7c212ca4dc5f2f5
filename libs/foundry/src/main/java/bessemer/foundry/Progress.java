package bessemer.foundry;

/// Told how far a piece of long work is: by the command line's bar, later by a job's events. Called
/// from the thread that runs the work; what it throws ends the work.
public interface Progress {
  /// The step that begins now, such as `convert`.
  void step(String name);

  /// Bytes that this step is going to read.
  void total(long bytes);

  /// Bytes that were read since the last call.
  void advance(long bytes);

  /// Something that the user should know and that is no failure.
  void note(String line);

  /// Nobody listens.
  static Progress silent() {
    return new Progress() {
      @Override
      public void step(String name) {}

      @Override
      public void total(long bytes) {}

      @Override
      public void advance(long bytes) {}

      @Override
      public void note(String line) {}
    };
  }
}
