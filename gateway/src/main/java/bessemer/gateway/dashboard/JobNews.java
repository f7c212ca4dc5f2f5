package bessemer.gateway.dashboard;

import bessemer.contracts.JobEvent;
import bessemer.contracts.LogLine;
import bessemer.db.jobs.Jobs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/// Events and lines of a job after some place; progress is left out, the bar shows it.
///
/// @param lastEvent the place after these
/// @param skipped earlier events that a page has no room for
record JobNews(
    List<EventRow> events, List<Line> lines, long lastEvent, long lastLine, long skipped) {
  private static final int PAGE = 500;
  private static final int MOST_EVENTS = 200;
  private static final int MOST_LINES = 500;

  record Line(String clock, String level, String text) {
    static Line of(LogLine line) {
      return new Line(Show.clock(line.at()), line.level(), line.text());
    }
  }

  static JobNews latest(Jobs jobs, UUID id) {
    return after(jobs, id, 0, 0);
  }

  static JobNews after(Jobs jobs, UUID id, long event, long line) {
    var events = new Tail<JobEvent>(MOST_EVENTS, event);
    events.read(
        place -> jobs.events(id, place, PAGE),
        JobEvent::seq,
        one -> !one.type().equals("progress"));
    var lines = new Tail<LogLine>(MOST_LINES, line);
    lines.read(place -> jobs.logs(id, place, PAGE), LogLine::line, _ -> true);
    return new JobNews(
        events.kept.stream().map(EventRow::of).toList(),
        lines.kept.stream().map(Line::of).toList(),
        events.place,
        lines.place,
        events.dropped);
  }

  /// The last of many.
  private static final class Tail<T> {
    private final Deque<T> kept = new ArrayDeque<>();
    private final int most;
    private long place;
    private long dropped;

    Tail(int most, long place) {
      this.most = most;
      this.place = place;
    }

    void read(
        LongFunction<List<T>> after,
        ToLongFunction<T> placeOf,
        java.util.function.Predicate<T> isShown) {
      List<T> page;
      do {
        page = after.apply(place);
        for (T item : page) {
          place = placeOf.applyAsLong(item);
          if (isShown.test(item)) {
            keep(item);
          }
        }
      } while (page.size() == PAGE);
    }

    private void keep(T item) {
      kept.add(item);
      if (kept.size() > most) {
        kept.remove();
        dropped++;
      }
    }
  }
}
