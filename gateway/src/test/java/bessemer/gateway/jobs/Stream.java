package bessemer.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.gateway.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A reader of server-sent events.
final class Stream implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;
  private static final Message END = new Message(null, "", null);

  /// @param data null for a comment alone
  record Message(@Nullable String id, String event, @Nullable String data) {}

  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final InputStream body;
  private final BufferedReader in;

  private Stream(InputStream body) {
    this.body = body;
    this.in = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    Thread.ofVirtual().start(this::read);
  }

  static Stream open(Installation bessemer, HttpRequest.Builder request) throws Exception {
    var response =
        bessemer.http.send(
            request.header("Accept", "text/event-stream").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
    return new Stream(response.body());
  }

  /// The next one that is no comment.
  Message next() throws InterruptedException {
    while (true) {
      Message message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(message).as("a message within %d s", PATIENCE_SECONDS).isNotNull();
      if (message.data() != null || message == END) {
        return message;
      }
    }
  }

  /// The data of all that come until the stream ends.
  List<String> rest() throws InterruptedException {
    List<String> rest = new ArrayList<>();
    for (Message message = next(); message != END; message = next()) {
      rest.add(message.data());
    }
    return rest;
  }

  private void read() {
    String id = null;
    String event = "";
    String data = null;
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) {
          messages.add(new Message(id, event, data));
          id = null;
          event = "";
          data = null;
        } else if (line.startsWith("id:")) {
          id = line.substring(3);
        } else if (line.startsWith("event:")) {
          event = line.substring(6);
        } else if (line.startsWith("data:")) {
          data = (data == null ? "" : data + "\n") + line.substring(5);
        }
      }
    } catch (IOException e) {
      return; // closed by the test
    } finally {
      messages.add(END);
    }
  }

  @Override
  public void close() {
    try {
      body.close(); // the reader itself is locked while it waits for a line
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
