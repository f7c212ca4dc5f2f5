package bessemer.supervisor.process;

import java.util.List;
import java.util.Map;

/// One process that is to be kept running.
///
/// @param environment added to what the supervisor itself inherited
/// @param stop the signal that asks it to end
/// @param probe whether it does its work yet
/// @param ports that it listens on, by purpose, for whoever looks
public record Part(
    String name,
    List<String> command,
    Map<String, String> environment,
    Signal stop,
    Probe probe,
    Map<String, Integer> ports) {

  /// Names as `kill` knows them.
  public enum Signal {
    TERM,
    INT
  }

  /// Asked again and again until it says yes.
  @FunctionalInterface
  public interface Probe {
    boolean ready(ProcessHandle process);
  }

  public Part {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    ports = Map.copyOf(ports);
  }
}
