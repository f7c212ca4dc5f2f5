package bessemer.cli;

import bessemer.foundry.train.Metric;
import bessemer.foundry.train.TrainingListener;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;

/// How a training goes: on a terminal one line that changes with every step, elsewhere a plain line
/// now and then.
final class TrainingLine implements TrainingListener, AutoCloseable {
  private static final int LINES = 20; // of a run that nobody watches

  private final Console console;
  private final LongSupplier nanos;
  private final long begun;
  private long first = -1; // the step before the first of this run
  private double mean = Double.NaN;
  private boolean drawn;

  TrainingLine(Console console, LongSupplier nanos) {
    this.console = console;
    this.nanos = nanos;
    this.begun = nanos.getAsLong();
  }

  @Override
  public void note(String line) {
    clear();
    console.note("  " + line);
  }

  @Override
  public void trained(Metric.Trained step, long steps) {
    first = first < 0 ? step.step() - 1 : first;
    mean = Double.isNaN(mean) ? step.loss() : mean + (step.loss() - mean) * 0.1;
    double seconds = (nanos.getAsLong() - begun) / 1e9 / (step.step() - first);
    String line =
        String.format(
            Locale.ROOT,
            "step %d of %d  loss %.4f (mean %.4f)  %.0f tok/s  %s left",
            step.step(),
            steps,
            step.loss(),
            mean,
            step.rate(),
            duration((long) (seconds * (steps - step.step()))));
    if (console.terminal()) {
      console.err().print("\r\u001b[K" + line);
      console.err().flush();
      drawn = true;
    } else if (step.step() % Math.max(1, steps / LINES) == 0 || step.step() == steps) {
      console.note(line);
    }
  }

  @Override
  public void validated(Metric.Validated result) {
    note(
        String.format(
            Locale.ROOT, "after step %d: validation loss %.4f", result.step(), result.loss()));
  }

  @Override
  public void saved(Path checkpoint) {
    note("saved " + checkpoint);
  }

  private static String duration(long seconds) {
    return seconds < 60
        ? seconds + " s"
        : seconds < 3600
            ? "%d:%02d min".formatted(seconds / 60, seconds % 60)
            : "%d:%02d h".formatted(seconds / 3600, seconds / 60 % 60);
  }

  private void clear() {
    if (drawn) {
      console.err().print("\r\u001b[K");
      drawn = false;
    }
  }

  /// Leaves the last line standing.
  @Override
  public void close() {
    if (drawn) {
      console.err().println();
    }
  }
}
