package bessemer.cli.remote;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import tools.jackson.core.JacksonException;

/// What is streamed of one job, its events or its log lines, over several connections.
final class Following<T> {
  /// @param path of the stream
  /// @param place of an item, which counts up: its `Last-Event-ID`
  /// @param last whether nothing comes after an item
  record Stream<T>(String path, Class<T> type, ToLongFunction<T> place, Predicate<T> last) {}

  /// The gateway sends at least a comment every 15 seconds.
  private static final Duration SILENCE = Duration.ofSeconds(45);

  private final Gateway gateway;
  private final Stream<T> stream;
  private final Consumer<T> seen;
  private long last;
  private boolean heard;

  Following(Gateway gateway, Stream<T> stream, Consumer<T> seen) {
    this.gateway = gateway;
    this.stream = stream;
    this.seen = seen;
  }

  /// Whether the latest connection brought something.
  boolean heard() {
    return heard;
  }

  /// Listens on one connection until it ends or the job does, from the item after the last one.
  ///
  /// @return whether something came
  boolean listen() throws IOException, InterruptedException {
    heard = false;
    HttpRequest.Builder request =
        gateway.request(stream.path()).header("Accept", "text/event-stream");
    if (last > 0) {
      request.header("Last-Event-ID", Long.toString(last));
    }
    try (var events = new EventStream(gateway.stream(request), SILENCE)) {
      for (var next = events.next(); next != null; next = events.next()) {
        T item = parse(next.data());
        heard = true;
        long place = stream.place().applyAsLong(item);
        if (place > last) {
          last = place;
          seen.accept(item);
        }
        if (stream.last().test(item)) {
          break;
        }
      }
    }
    return heard;
  }

  private T parse(String data) throws IOException {
    try {
      return Wire.JSON.readValue(data, stream.type());
    } catch (JacksonException e) {
      throw new IOException("an event cannot be read: " + e.getOriginalMessage(), e);
    }
  }
}
