package bessemer.gateway.jobs;

import bessemer.contracts.JobView;
import bessemer.gateway.jobs.JobUpdates.Update;
import java.time.Duration;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

@RestController
final class JobUpdatesController {
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  private final JobUpdates updates;
  private final OpenStreams streams;

  JobUpdatesController(JobUpdates updates, OpenStreams streams) {
    this.updates = updates;
    this.streams = streams;
  }

  /// Every job that changes, as it is then. An event `missed` says that the list is to be read
  /// again.
  @GetMapping(path = "/api/v1/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<ServerSentEvent<Object>> all() {
    return streams.untilStopped(
        Flux.merge(updates.follow().map(JobUpdatesController::message), heartbeats()));
  }

  private static ServerSentEvent<Object> message(Update update) {
    return switch (update) {
      case Update.Changed(JobView job) -> ServerSentEvent.<Object>builder(job).build();
      case Update.Missed() -> ServerSentEvent.<Object>builder(Map.of()).event("missed").build();
    };
  }

  /// The first goes out at once, so that the reader knows that it is heard.
  private static Flux<ServerSentEvent<Object>> heartbeats() {
    ServerSentEvent<Object> comment = ServerSentEvent.builder().comment("").build();
    return Flux.interval(Duration.ZERO, HEARTBEAT).onBackpressureDrop().map(_ -> comment);
  }
}
