package bessemer.supervisor.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps one part running: starts it, waits until it is ready, starts it again when it ends, until
/// it is told to stop.
public final class Keeper {
  /// What every keeper of an installation shares.
  ///
  /// @param patience how long a part has to end after it was asked to, before it is killed
  /// @param changed told every new state, by the keeper's thread
  public record Rules(Time time, Duration patience, Consumer<PartState> changed) {}

  private static final Duration PROBE_PAUSE = Duration.ofMillis(100);

  private final Part part;
  private final RotatingLog log;
  private final Rules rules;
  private final Backoff backoff = new Backoff();
  private final CountDownLatch done = new CountDownLatch(1);
  private final Object lock = new Object();

  private PartState state; // written by the keeper's thread and by stop, under the lock
  private @Nullable Child child;
  private volatile boolean stopping;
  private final Thread thread;

  public Keeper(Part part, RotatingLog log, Rules rules) {
    this.part = part;
    this.log = log;
    this.rules = rules;
    this.state = PartState.pending(part);
    this.thread = Thread.ofPlatform().name("keep " + part.name()).daemon().unstarted(this::keep);
  }

  public Keeper start() {
    thread.start();
    return this;
  }

  public Part part() {
    return part;
  }

  public PartState state() {
    synchronized (lock) {
      return state;
    }
  }

  /// Ends the part and waits for that.
  public void stop() throws InterruptedException {
    askToStop();
    awaitStop();
  }

  /// Does not wait.
  public void askToStop() {
    synchronized (lock) {
      stopping = true;
      if (child != null) {
        become(state.stopping());
        child.signal();
      }
    }
    thread.interrupt(); // it may pause between two attempts
  }

  /// After [#askToStop]; kills what takes too long.
  public void awaitStop() throws InterruptedException {
    if (thread.isAlive() && !done.await(rules.patience().toMillis(), TimeUnit.MILLISECONDS)) {
      log.line(
          "%s did not end within %d s and is killed"
              .formatted(part.name(), rules.patience().toSeconds()));
      kill();
      done.await();
    }
  }

  /// Ends the part at once.
  public void kill() {
    synchronized (lock) {
      stopping = true;
      if (child != null) {
        child.kill();
      }
    }
    thread.interrupt();
  }

  private void keep() {
    try {
      boolean again = false;
      while (!stopping) {
        long begun = rules.time().nanos();
        String end = attempt(again);
        again = true;
        if (!stopping) {
          Duration pause = backoff.after(Duration.ofNanos(rules.time().nanos() - begun));
          become(state().waiting("%s; again in %d s".formatted(end, pause.toSeconds())));
          log.line("%s %s; again in %d s".formatted(part.name(), end, pause.toSeconds()));
          rules.time().pause(pause);
        }
      }
    } catch (InterruptedException _) {
      stopping = true; // told to stop while pausing
    } finally {
      become(state().stopped("stopped"));
      done.countDown();
    }
  }

  /// @return how the process ended
  private String attempt(boolean again) throws InterruptedException {
    Child started;
    long begun = System.nanoTime();
    synchronized (lock) {
      if (stopping) {
        return "was not started";
      }
      try {
        started = Child.start(part, rules.patience(), log);
      } catch (IOException e) {
        return "could not be started: " + e.getMessage();
      }
      child = started;
      become(state.starting(started.mark(), again));
    }
    awaitReadiness(started, begun);
    int code = awaitEnd(started);
    synchronized (lock) {
      child = null;
    }
    return code > 128 ? "was ended by signal " + (code - 128) : "ended with code " + code;
  }

  private void awaitReadiness(Child started, long begun) {
    while (started.isAlive() && !stopping) {
      if (part.probe().ready(started.handle())) {
        synchronized (lock) {
          if (!stopping) {
            become(state.ready((System.nanoTime() - begun) / 1_000_000));
          }
        }
        break;
      }
      try {
        Thread.sleep(PROBE_PAUSE);
      } catch (InterruptedException _) {
        continue; // stop() woke this thread
      }
    }
  }

  /// The thread may be woken by stop(): the child's end is still to be waited for.
  private static int awaitEnd(Child started) {
    while (true) {
      try {
        return started.await();
      } catch (InterruptedException _) {
        continue;
      }
    }
  }

  private void become(PartState next) {
    synchronized (lock) {
      state = next;
    }
    try {
      rules.changed().accept(next);
    } catch (UncheckedIOException e) {
      log.line("the state of " + part.name() + " could not be recorded: " + e.getMessage());
    }
  }
}
