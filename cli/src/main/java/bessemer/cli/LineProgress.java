package bessemer.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// How many texts are done: a bar on a terminal, where there is more than one text; else nothing.
final class LineProgress implements AutoCloseable {
  private static final int COLUMNS = 90;

  private final @Nullable ProgressBar bar;

  LineProgress(Console console, int texts) {
    bar =
        console.terminal() && texts > 1
            ? new ProgressBarBuilder()
                .setTaskName("translate")
                .setInitialMax(texts)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .setMaxRenderedLength(COLUMNS)
                .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                .build()
            : null;
  }

  void done(int texts) {
    if (bar != null) {
      bar.stepTo(texts);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
