package bessemer.supervisor.process;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
    if (!ended(process, patience)) {
      process.destroyForcibly();
      ended(process, patience);
    }
    return true;
  }

  /// @return whether the process was gone in time
  public static boolean ended(ProcessHandle process, Duration limit) throws InterruptedException {
    try {
      process.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      return !process.isAlive();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // waiting for an exit computes nothing that could fail
    }
  }
}
