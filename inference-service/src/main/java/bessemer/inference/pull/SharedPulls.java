package bessemer.inference.pull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// One pull for all who ask for the same directory at the same time. It ends when the last of them
/// has given up.
final class SharedPulls {
  interface Pull {
    void run() throws IOException, InterruptedException;
  }

  private final Map<Path, Running> running = new HashMap<>();

  private final class Running {
    final CompletableFuture<Void> end = new CompletableFuture<>();
    final Path target;
    final @Nullable Running before;
    final Thread thread;
    int waiting;
    boolean givenUp;

    Running(Path target, Pull pull, @Nullable Running before) {
      this.target = target;
      this.before = before;
      this.thread =
          Thread.ofVirtual().name("pull " + target.getFileName()).unstarted(() -> run(pull));
    }

    private void run(Pull pull) {
      try {
        if (before != null) { // given up, and still writing perhaps
          before.thread.join();
        }
        pull.run();
        end.complete(null);
      } catch (Throwable e) { // whoever waits has to hear of anything
        end.completeExceptionally(e);
      } finally {
        synchronized (SharedPulls.this) {
          running.remove(target, this);
        }
      }
    }
  }

  /// Returns when the pull has ended, which another thread may have begun.
  void join(Path target, Pull pull) throws IOException, InterruptedException {
    Running mine = enter(target, pull);
    try {
      mine.end.get();
    } catch (ExecutionException e) {
      throw asOurs(e.getCause());
    } finally {
      leave(mine);
    }
  }

  private synchronized Running enter(Path target, Pull pull) {
    Running now = running.get(target);
    if (now == null || now.givenUp) {
      now = new Running(target, pull, now);
      running.put(target, now);
      now.thread.start();
    }
    now.waiting++;
    return now;
  }

  private synchronized void leave(Running pull) {
    pull.waiting--;
    if (pull.waiting == 0 && !pull.end.isDone()) {
      pull.givenUp = true;
      pull.thread.interrupt();
    }
  }

  private static IOException asOurs(@Nullable Throwable cause) throws InterruptedException {
    return switch (cause) {
      case PullException e -> e;
      case IOException e -> new IOException(e.getMessage(), e);
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> new IOException(cause);
    };
  }
}
