package bessemer.cli;

import bessemer.contracts.JobEvent;
import bessemer.contracts.JobView;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A job's events as a person follows them: a bar for each step on a terminal, plain lines
/// elsewhere. Times are those of the events, so that history reads as it was.
final class JobDisplay implements Consumer<JobEvent>, AutoCloseable {
  private final ProgressLine line;
  private Instant now = Instant.EPOCH;
  private String step = "";
  private @Nullable Object waiting;
  private long known = -1; // units of the step that were shown; -1 before its first progress

  JobDisplay(Console console) {
    line = new ProgressLine(console, () -> now.getEpochSecond() * 1_000_000_000L + now.getNano());
  }

  @Override
  public void accept(JobEvent event) {
    now = event.at();
    Map<String, Object> data = event.data();
    switch (event.type()) {
      case "claimed" -> line.note("runs on " + data.get("owner"));
      case "waiting" -> waits(data.get("reason"));
      case "step" -> begin(String.valueOf(data.get("name")));
      case "progress" -> progress(data);
      case "note" -> line.note(String.valueOf(data.get("text")));
      case "retrying" -> {
        end();
        line.note("tries again: " + data.get("reason"));
      }
      case "cancelling" -> line.note("is being cancelled by " + data.get("by"));
      case "succeeded", "failed", "cancelled" -> end();
      default -> {} // the end says the rest; a newer gateway may tell more
    }
  }

  /// The connection broke.
  void away(String reason) {
    line.note("connection lost, the job goes on: " + reason);
  }

  private void waits(@Nullable Object reason) {
    if (reason != null && !reason.equals(waiting)) {
      line.note("waits: " + reason);
    }
    waiting = reason;
  }

  private void begin(String name) {
    step = name;
    known = -1;
    line.step(name);
  }

  private void progress(Map<String, Object> data) {
    String name = String.valueOf(data.get("step"));
    long done = number(data.get("done"));
    if (!name.equals(step) || done < known) { // another attempt begins again
      begin(name);
    }
    if (known < 0) {
      known = 0;
      if (number(data.get("total")) > 0) {
        String unit = String.valueOf(data.getOrDefault("unit", JobView.Progress.BYTES));
        line.total(number(data.get("total")), unit);
      }
    }
    if (done > known) {
      line.advance(done - known);
      known = done;
    }
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }

  private void end() {
    line.close();
    step = "";
  }

  @Override
  public void close() {
    end();
  }
}
