package bessemer.cli.remote;

import bessemer.contracts.JobEvent;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;

/// The events of one job over several connections.
final class Following {
  /// The gateway sends at least a comment every 15 seconds.
  private static final Duration SILENCE = Duration.ofSeconds(45);

  private final Gateway gateway;
  private final UUID job;
  private final Consumer<JobEvent> seen;
  private long last;
  private boolean heard;

  Following(Gateway gateway, UUID job, Consumer<JobEvent> seen) {
    this.gateway = gateway;
    this.job = job;
    this.seen = seen;
  }

  /// Whether the latest connection brought something.
  boolean heard() {
    return heard;
  }

  /// Listens on one connection until it ends or the job does, from the event after the last one.
  ///
  /// @return whether something came
  boolean listen() throws IOException, InterruptedException {
    heard = false;
    HttpRequest.Builder request =
        gateway.request("/api/v1/jobs/" + job + "/events").header("Accept", "text/event-stream");
    if (last > 0) {
      request.header("Last-Event-ID", Long.toString(last));
    }
    try (var stream = new EventStream(gateway.stream(request), SILENCE)) {
      for (var next = stream.next(); next != null; next = stream.next()) {
        JobEvent event = parse(next.data());
        heard = true;
        if (event.seq() > last) {
          last = event.seq();
          seen.accept(event);
        }
        if (isEnd(event.type())) {
          break;
        }
      }
    }
    return heard;
  }

  private static JobEvent parse(String data) throws IOException {
    try {
      return Wire.JSON.readValue(data, JobEvent.class);
    } catch (JacksonException e) {
      throw new IOException("an event cannot be read: " + e.getOriginalMessage(), e);
    }
  }

  private static boolean isEnd(String type) {
    return switch (type) {
      case "succeeded", "failed", "cancelled" -> true;
      default -> false;
    };
  }
}
