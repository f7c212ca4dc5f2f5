package bessemer.cli;

import bessemer.contracts.JobView;
import bessemer.foundry.Progress;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Long work as a person wants to see it: on a terminal a bar with rate and time left, elsewhere a
/// plain line for each step that ended.
final class ProgressLine implements Progress, AutoCloseable {
  private static final int COLUMNS = 90;
  private static final long MEGABYTE = 1_000_000;

  private final Console console;
  private final LongSupplier nanos;
  private @Nullable String step;
  private @Nullable ProgressBar bar;
  private String unit = JobView.Progress.BYTES;
  private long begun;
  private long done;

  ProgressLine(Console console, LongSupplier nanos) {
    this.console = console;
    this.nanos = nanos;
  }

  @Override
  public void step(String name) {
    end();
    step = name;
    begun = nanos.getAsLong();
    done = 0;
  }

  @Override
  public void total(long bytes) {
    total(bytes, JobView.Progress.BYTES);
  }

  /// @param counted as in [JobView.Progress]
  void total(long units, String counted) {
    unit = counted;
    if (console.terminal() && step != null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(step)
              .setInitialMax(units)
              .setUnit(isBytes() ? " MB" : " " + unit, isBytes() ? MEGABYTE : 1)
              .showSpeed()
              .setStyle(ProgressBarStyle.ASCII)
              .setMaxRenderedLength(COLUMNS)
              .setConsumer(new ConsoleProgressBarConsumer(console.err()))
              .build();
    }
  }

  @Override
  public void advance(long bytes) {
    done += bytes;
    if (bar != null) {
      bar.stepBy(bytes);
    }
  }

  @Override
  public void note(String line) {
    if (bar != null) {
      console.err().print("\r\u001b[K"); // the bar is drawn again below
    }
    console.note("  " + line);
  }

  private void end() {
    if (bar != null) {
      bar.close();
      bar = null;
    } else if (step != null) {
      double seconds = (nanos.getAsLong() - begun) / 1e9;
      String amount = isBytes() ? Sizes.bytes(done) : done + " " + unit;
      amount = done == 0 ? "" : ", " + amount;
      console.note("  %-16s %6.2f s%s".formatted(step, seconds, amount));
    }
    step = null;
    unit = JobView.Progress.BYTES;
  }

  private boolean isBytes() {
    return unit.equals(JobView.Progress.BYTES);
  }

  /// Ends the last step.
  @Override
  public void close() {
    end();
  }
}
