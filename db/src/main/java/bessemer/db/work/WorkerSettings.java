package bessemer.db.work;

import java.time.Duration;

/// How a worker looks for jobs.
///
/// @param name unique among running workers, and the same again after a restart
/// @param poll between looks at the queue; news come at once anyhow
/// @param heartbeat how often it says that it is alive
/// @param missed heartbeats after which others take over
/// @param obstaclePause before a job that could not begin is looked at again
public record WorkerSettings(
    String name, Duration poll, Duration heartbeat, int missed, Duration obstaclePause) {
  public WorkerSettings {
    if (name.isBlank() || missed < 4) {
      throw new IllegalArgumentException(
          "worker '%s' with %d missed heartbeats (at least 4)".formatted(name, missed));
    }
  }

  public static WorkerSettings standard(String name) {
    return new WorkerSettings(
        name, Duration.ofSeconds(1), Duration.ofSeconds(10), 6, Duration.ofSeconds(15));
  }
}
