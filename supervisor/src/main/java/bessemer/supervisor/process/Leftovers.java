package bessemer.supervisor.process;

import java.time.Duration;

/// Processes that outlived the supervisor that started them.
public final class Leftovers {
  private Leftovers() {}

  /// Asks the process to end and waits; makes it end when it does not.
  ///
  /// @return whether there was anything to end
  public static boolean end(ProcessMark mark, Part.Signal signal, Duration patience)
      throws InterruptedException {
    ProcessHandle process = mark.alive().orElse(null);
    if (process == null) {
      return false;
    }
    Child.signal(process, signal);
    if (!ended(mark, patience)) {
      process.destroyForcibly();
      ended(mark, patience);
    }
    return true;
  }

  /// @return whether the process was gone in time
  public static boolean ended(ProcessMark mark, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (mark.alive().isPresent()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }
}
