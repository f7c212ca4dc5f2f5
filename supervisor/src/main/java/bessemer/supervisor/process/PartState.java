package bessemer.supervisor.process;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known about a part at one moment.
///
/// @param process null while there is none
/// @param readyMillis from its start until it was ready; null before
/// @param restarts since the supervisor started
/// @param note why it is in this phase: how it ended, what it waits for
public record PartState(
    String name,
    Phase phase,
    @Nullable ProcessMark process,
    @Nullable Long readyMillis,
    int restarts,
    @Nullable String note,
    Map<String, Integer> ports) {

  public enum Phase {
    /// Not started yet.
    PENDING,
    STARTING,
    READY,
    /// Ended by itself; started again after a pause.
    WAITING,
    STOPPING,
    STOPPED
  }

  /// Before anything happened.
  public static PartState pending(String name) {
    return new PartState(name, Phase.PENDING, null, null, 0, null, Map.of());
  }

  public static PartState pending(Part part) {
    return new PartState(part.name(), Phase.PENDING, null, null, 0, null, part.ports());
  }

  /// Before it is started: something is prepared for it.
  public PartState preparing(String what) {
    return new PartState(name, Phase.STARTING, null, null, restarts, what, ports);
  }

  PartState starting(ProcessMark mark, boolean again) {
    int count = again ? restarts + 1 : restarts;
    return new PartState(name, Phase.STARTING, mark, null, count, null, ports);
  }

  PartState ready(long millis) {
    return new PartState(name, Phase.READY, process, millis, restarts, null, ports);
  }

  PartState waiting(String why) {
    return new PartState(name, Phase.WAITING, null, null, restarts, why, ports);
  }

  PartState stopping() {
    return new PartState(name, Phase.STOPPING, process, readyMillis, restarts, null, ports);
  }

  PartState stopped(String how) {
    return new PartState(name, Phase.STOPPED, null, null, restarts, how, ports);
  }
}
