package bessemer.gateway.jobs;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobEvent;
import bessemer.contracts.LogLine;
import bessemer.contracts.Page;
import bessemer.db.jobs.Jobs;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// A job's events and log lines: as pages of what is there, or as a stream that goes on.
@RestController
@RequestMapping("/api/v1/jobs/{id}")
final class JobHistoryController {
  private final Jobs jobs;
  private final JobStreams streams;

  JobHistoryController(Jobs jobs, JobStreams streams) {
    this.jobs = jobs;
    this.streams = streams;
  }

  @GetMapping(path = "/events", produces = MediaType.APPLICATION_JSON_VALUE)
  Page<JobEvent> events(@PathVariable UUID id, @RequestParam(defaultValue = "0") long after) {
    jobs.get(id); // for 404
    return page(jobs.events(id, after, JobStreams.PAGE), JobEvent::seq);
  }

  /// @param seen the browser's own account of the last event that it has
  /// @param after the same, for the first connection
  @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Mono<ResponseEntity<Flux<ServerSentEvent<JobEvent>>>> followEvents(
      @PathVariable UUID id,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String seen,
      @RequestParam(defaultValue = "0") long after) {
    long from = place(seen, after);
    return stream(() -> nothingComes(id, jobs.events(id, from, 1)), () -> streams.events(id, from));
  }

  @GetMapping(path = "/logs", produces = MediaType.APPLICATION_JSON_VALUE, params = "!follow")
  Page<LogLine> logs(@PathVariable UUID id, @RequestParam(defaultValue = "0") long after) {
    jobs.get(id); // for 404
    return page(jobs.logs(id, after, JobStreams.PAGE), LogLine::line);
  }

  @GetMapping(path = "/logs", produces = MediaType.TEXT_PLAIN_VALUE, params = "!follow")
  String plainLogs(@PathVariable UUID id, @RequestParam(defaultValue = "0") long after) {
    jobs.get(id); // for 404
    var text = new StringBuilder();
    List<LogLine> lines;
    for (long place = after; ; place = lines.getLast().line()) {
      lines = jobs.logs(id, place, JobStreams.PAGE);
      text.append(lines.stream().map(JobHistoryController::text).collect(Collectors.joining()));
      if (lines.size() < JobStreams.PAGE) {
        return text.toString();
      }
    }
  }

  @GetMapping(path = "/logs", params = "follow=true")
  Mono<ResponseEntity<Flux<ServerSentEvent<LogLine>>>> followLogs(
      @PathVariable UUID id,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String seen,
      @RequestParam(defaultValue = "0") long after) {
    long from = place(seen, after);
    return stream(() -> nothingComes(id, jobs.logs(id, from, 1)), () -> streams.logs(id, from));
  }

  private boolean nothingComes(UUID id, List<?> unread) {
    return jobs.get(id).state().isFinal() && unread.isEmpty();
  }

  /// 204 tells a browser's EventSource not to come again.
  private <T> Mono<ResponseEntity<Flux<ServerSentEvent<T>>>> stream(
      Callable<Boolean> over, Supplier<Flux<ServerSentEvent<T>>> messages) {
    return streams
        .blocking(over)
        .map(isOver ->
            isOver
                ? ResponseEntity.status(HttpStatus.NO_CONTENT).build()
                : ResponseEntity.ok()
                    .contentType(MediaType.TEXT_EVENT_STREAM)
                    .header("Cache-Control", "no-store")
                    .body(messages.get()));
  }

  private static long place(@Nullable String seen, long after) {
    if (seen == null || seen.isBlank()) {
      return after;
    }
    try {
      return Long.parseLong(seen.strip());
    } catch (NumberFormatException e) {
      throw new InvalidFieldException("Last-Event-ID", "'" + seen + "' is no number");
    }
  }

  private static <T> Page<T> page(List<T> items, ToLongFunction<T> place) {
    boolean isFull = items.size() == JobStreams.PAGE;
    return new Page<>(items, isFull ? Long.toString(place.applyAsLong(items.getLast())) : null);
  }

  private static String text(LogLine line) {
    return "%s %-5s %s\n".formatted(line.at(), line.level(), line.text());
  }
}
