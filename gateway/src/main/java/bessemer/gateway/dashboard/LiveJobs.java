package bessemer.gateway.dashboard;

import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.Scope;
import bessemer.db.jobs.Jobs;
import bessemer.gateway.access.Visitor;
import bessemer.gateway.jobs.JobUpdates;
import bessemer.gateway.jobs.JobUpdates.Update;
import bessemer.gateway.jobs.OpenStreams;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// What happens to the jobs of the list, as rows of its table.
@RestController
final class LiveJobs {
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration COUNTS = Duration.ofSeconds(1);

  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor()::execute);
  private final Jobs jobs;
  private final JobUpdates updates;
  private final OpenStreams streams;
  private final ITemplateEngine templates;
  private final Clock clock;

  LiveJobs(
      Jobs jobs, JobUpdates updates, OpenStreams streams, ITemplateEngine templates, Clock clock) {
    this.jobs = jobs;
    this.updates = updates;
    this.streams = streams;
    this.templates = templates;
    this.clock = clock;
  }

  /// @param state the filter of the list: other jobs are said to be gone
  @GetMapping(path = "/live/jobs", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<ServerSentEvent<String>> rows(
      @RequestParam(defaultValue = "") String state, Visitor visitor) {
    JobState only = JobPages.state(state);
    boolean mayWrite = visitor.may(Scope.WRITE);
    ServerSentEvent<String> heartbeat = ServerSentEvent.<String>builder().comment("").build();
    Flux<ServerSentEvent<String>> messages =
        updates
            .follow()
            .publish(news ->
                Flux.merge(
                    news.map(update -> message(update, only, mayWrite)),
                    news.sample(COUNTS)
                        .onBackpressureLatest()
                        .concatMap(
                            _ -> Flux.defer(() -> Flux.just(counts(state))).subscribeOn(blocking),
                            0)));
    return streams.untilStopped(
        Flux.merge(
            messages,
            Flux.interval(Duration.ZERO, HEARTBEAT).onBackpressureDrop().map(_ -> heartbeat)));
  }

  private ServerSentEvent<String> message(
      Update update, @Nullable JobState only, boolean mayWrite) {
    return switch (update) {
      case Update.Changed(JobView job) ->
          only == null || only == job.state()
              ? event("row", row(job, mayWrite))
              : event("gone", job.id().toString());
      case Update.Missed() -> event("missed", "-");
    };
  }

  private String row(JobView job, boolean mayWrite) {
    return render(
        "jobs", "job-row", Map.of("row", JobRow.of(job, clock.instant()), "mayWrite", mayWrite));
  }

  private ServerSentEvent<String> counts(String state) {
    return event(
        "counts",
        render("jobs", "counts", Map.of("counts", JobPages.counts(jobs), "state", state)));
  }

  private String render(String template, String fragment, Map<String, Object> model) {
    return templates.process(template, Set.of(fragment), new Context(Locale.ROOT, model));
  }

  private static ServerSentEvent<String> event(String name, String data) {
    return ServerSentEvent.builder(data).event(name).build();
  }
}
