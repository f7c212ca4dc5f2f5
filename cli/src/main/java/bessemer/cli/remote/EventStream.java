package bessemer.cli.remote;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Server-sent events, one after the other, as the HTML standard has them. A connection that says
/// nothing for too long, not even a comment, counts as broken: the other side may be gone without a
/// word.
final class EventStream implements AutoCloseable {
  private static final int AHEAD = 1024; // lines that are read before they are wanted

  /// @param type `message` where the server names none
  record Event(String type, String data) {}

  private sealed interface Read {
    record Line(String text) implements Read {}

    record Broken(IOException reason) implements Read {}

    record End() implements Read {}
  }

  private final InputStream body;
  private final Duration silence;
  private final BlockingQueue<Read> reads = new LinkedBlockingQueue<>(AHEAD);
  private final Thread reader;

  /// @param body read and closed by this stream
  /// @param silence after which the connection counts as broken
  EventStream(InputStream body, Duration silence) {
    this.body = body;
    this.silence = silence;
    reader = Thread.ofVirtual().name("events").start(this::read);
  }

  private void read() {
    try {
      try {
        var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          reads.put(new Read.Line(line));
        }
        reads.put(new Read.End());
      } catch (IOException e) {
        reads.put(new Read.Broken(e));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed: nobody reads on
    }
  }

  /// The next event; null when the server ended the stream.
  ///
  /// @throws IOException if the connection broke
  @Nullable Event next() throws IOException, InterruptedException {
    String type = "message";
    var data = new StringBuilder();
    boolean begun = false;
    for (String line = line(); line != null; line = line()) {
      if (line.isEmpty()) {
        if (begun) {
          return new Event(type, data.toString());
        }
        type = "message"; // an event without data is none
      } else if (line.startsWith("event:")) {
        type = value(line);
      } else if (line.startsWith("data:")) {
        data.append(begun ? "\n" : "").append(value(line));
        begun = true;
      } // comments keep the connection alive; `id` is in the data, `retry` is for browsers
    }
    return null; // what no empty line ended is incomplete
  }

  private static String value(String line) {
    String value = line.substring(line.indexOf(':') + 1);
    return value.startsWith(" ") ? value.substring(1) : value;
  }

  private @Nullable String line() throws IOException, InterruptedException {
    Read read = reads.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
    if (read == null) {
      throw new IOException("nothing was heard for " + silence.toSeconds() + " s");
    }
    return switch (read) {
      case Read.Line(String text) -> text;
      case Read.Broken(IOException reason) -> throw reason;
      case Read.End() -> null;
    };
  }

  @Override
  public void close() {
    reader.interrupt();
    try {
      body.close();
    } catch (IOException e) {
      // it is broken already, and nothing more is wanted of it
    }
  }
}
