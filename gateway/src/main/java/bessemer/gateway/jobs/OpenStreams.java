package bessemer.gateway.jobs;

import org.springframework.context.SmartLifecycle;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/// Ends the streams that have no end of their own when the process stops, before the web server
/// waits for its requests to finish.
public final class OpenStreams implements SmartLifecycle {
  private final Sinks.Empty<Void> stopped = Sinks.empty();
  private volatile boolean isRunning;

  public <T> Flux<T> untilStopped(Flux<T> stream) {
    return stream.takeUntilOther(stopped.asMono());
  }

  @Override
  public void start() {
    isRunning = true;
  }

  @Override
  public void stop() {
    stopped.tryEmitEmpty();
    isRunning = false;
  }

  @Override
  public boolean isRunning() {
    return isRunning;
  }
}
