package bessemer.inference.serving;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The platform thread that loads one model, owns it and its engine, and works at its desk.
final class ModelThread {
  /// Brings a model into memory, on the model's own thread.
  interface Loader {
    Desk load() throws Exception;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ModelThread.class);

  private final String name;
  private final CompletableFuture<Desk> loaded = new CompletableFuture<>();
  private final Thread thread;
  private boolean stopped; // guarded by this
  private @Nullable Desk desk; // guarded by this

  /// @param ended called on this thread when the model is not in memory any more
  ModelThread(String name, Loader loader, Runnable ended) {
    this.name = name;
    this.thread = Thread.ofPlatform().name("model-" + name).unstarted(() -> run(loader, ended));
  }

  void start() {
    thread.start();
  }

  /// Waits for the model.
  Desk loaded() throws InterruptedException {
    try {
      return loaded.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof ServingException serving
          ? serving
          : new ServingException.LoadFailed(name, cause == null ? e : cause);
    }
  }

  int waiting() {
    Desk open = desk();
    return open == null ? 0 : open.waiting();
  }

  int running() {
    Desk open = desk();
    return open == null ? 0 : open.running();
  }

  private synchronized @Nullable Desk desk() {
    return desk;
  }

  /// Lets the model go: whatever waits fails, whatever runs is cancelled, loading is interrupted.
  void stop() {
    Desk open;
    synchronized (this) {
      stopped = true;
      open = desk;
    }
    if (open == null) {
      thread.interrupt();
    } else {
      open.stop();
    }
  }

  /// Waits until the model is gone; false if it took longer.
  boolean join(Duration patience) throws InterruptedException {
    return thread.join(patience);
  }

  private void run(Loader loader, Runnable ended) {
    Desk opened;
    try {
      opened = loader.load();
    } catch (Throwable e) { // whatever it is, it is the answer to those who wait
      LOG.warn("model {} cannot be loaded: {}", name, e.getMessage());
      ended.run();
      loaded.completeExceptionally(e);
      return;
    }
    try {
      if (opens(opened)) {
        loaded.complete(opened);
      } else {
        opened.stop();
        loaded.complete(opened); // whoever asks it is told that it stops
      }
      opened.serve();
    } catch (Throwable e) { // nobody else would ever tell those who wait
      LOG.error("model {} is given up", name, e);
    } finally {
      opened.stop();
      synchronized (this) {
        desk = null;
      }
      opened.close();
      ended.run();
    }
  }

  /// False when it was stopped while it was loaded.
  private synchronized boolean opens(Desk opened) {
    desk = opened;
    return !stopped;
  }
}
