package bessemer.gateway.jobs;

import bessemer.contracts.JobEvent;
import bessemer.contracts.LogLine;
import bessemer.db.jobs.JobFeed;
import bessemer.db.jobs.Jobs;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// What happens to one job as a stream: first what is there, then what comes, until the job ends.
///
/// The feed only says that something changed; what it was is read from the tables. So a
/// notification that comes twice, late or for several changes at once does no harm, and a slow
/// reader costs no memory: the tables are its buffer.
final class JobStreams {
  static final int PAGE = 500;

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  // The feed tells of events, not of lines.
  private static final Duration LINES = Duration.ofSeconds(1);

  // No interruption of a query when a reader leaves: that would cost the connection.
  private final Scheduler blocking =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor()::execute);
  private final Jobs jobs;
  private final JobFeed feed;
  private final OpenStreams open;

  JobStreams(Jobs jobs, JobFeed feed, OpenStreams open) {
    this.jobs = jobs;
    this.feed = feed;
    this.open = open;
  }

  /// @param after the sequence of the last event that the reader has; 0 for all
  Flux<ServerSentEvent<JobEvent>> events(UUID id, long after) {
    var reading = new Reading<>(jobs::events, JobEvent::seq, new AtomicLong(after));
    return follow(id, reading, Flux.never());
  }

  /// @param after the last line that the reader has; 0 for all
  Flux<ServerSentEvent<LogLine>> logs(UUID id, long after) {
    var reading = new Reading<>(jobs::logs, LogLine::line, new AtomicLong(after));
    return follow(id, reading, Flux.interval(LINES));
  }

  <T> Mono<T> blocking(Callable<T> work) {
    return Mono.fromCallable(work).subscribeOn(blocking);
  }

  private interface Table<T> {
    List<T> after(UUID id, long place, int limit);
  }

  /// @param place of the last item that was read
  private record Reading<T>(Table<T> table, ToLongFunction<T> placeOf, AtomicLong place) {

    List<T> next(UUID id) {
      List<T> items = table.after(id, place.get(), PAGE);
      if (!items.isEmpty()) {
        place.set(placeOf.applyAsLong(items.getLast()));
      }
      return items;
    }

    ServerSentEvent<T> message(T item) {
      String id = Long.toString(placeOf.applyAsLong(item));
      return ServerSentEvent.builder(item).id(id).build();
    }
  }

  /// @param looks when to look without being woken
  private <T> Flux<ServerSentEvent<T>> follow(UUID id, Reading<T> reading, Flux<?> looks) {
    ServerSentEvent<T> end = ServerSentEvent.<T>builder().comment("end").build();
    ServerSentEvent<T> heartbeat = ServerSentEvent.<T>builder().comment("").build();
    Flux<ServerSentEvent<T>> news = Flux.defer(() -> unread(id, reading, end));
    Flux<Flux<ServerSentEvent<T>>> reasons =
        Flux.merge(
            Flux.merge(woken(id), looks).map(_ -> news),
            Flux.interval(HEARTBEAT).map(_ -> news.startWith(heartbeat)));
    return open.untilStopped(
        reasons
            .onBackpressureLatest()
            .concatMap(messages -> messages, 0)
            .takeWhile(message -> message != end)
            .startWith(heartbeat)); // so that the reader knows at once that it is heard
  }

  /// Emits at once, and then when something happened to the job.
  private Flux<UUID> woken(UUID id) {
    return Flux.create(
        sink -> {
          var subscription =
              feed.subscribe(woken -> {
                if (woken.equals(id) || woken.equals(JobFeed.ALL)) {
                  sink.next(id);
                }
              });
          sink.onDispose(subscription::close);
          sink.next(id);
        },
        OverflowStrategy.LATEST);
  }

  /// What is new, and `end` after the last that there will ever be.
  private <T> Flux<ServerSentEvent<T>> unread(UUID id, Reading<T> reading, ServerSentEvent<T> end) {
    // The state first: an end that is committed has all its events and lines committed, too.
    return blocking(() -> jobs.get(id).state().isFinal())
        .flatMapMany(ended -> {
          Flux<ServerSentEvent<T>> pages =
              blocking(() -> reading.next(id))
                  .repeat()
                  .takeUntil(items -> items.size() < PAGE)
                  .concatMapIterable(items -> items, 1)
                  .map(reading::message);
          return ended ? pages.concatWithValues(end) : pages;
        });
  }
}
