package bessemer.cli.remote;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Answers of a model behind the gateway, piece by piece, in OpenAI's shapes.
public final class Completions {
  /// The first token may have to wait for the model to be loaded, and for those before.
  private static final Duration SILENCE = Duration.ofMinutes(10);

  private final Gateway gateway;
  private final LongSupplier nanos;

  /// @param nanos the clock
  public Completions(Gateway gateway, LongSupplier nanos) {
    this.gateway = gateway;
    this.nanos = nanos;
  }

  /// Hears an answer while it comes.
  public interface Listener {
    void text(String piece);

    /// Asked after each piece, and when the thread that waits is interrupted: the answer ends where
    /// it says yes.
    default boolean cancelled() {
      return false;
    }
  }

  /// An answer and how long it took, as seen from here.
  ///
  /// @param finish `STOP`, `LENGTH` or `CANCELLED`
  /// @param promptTokens as the model counted them; 0 where it did not say
  /// @param completionTokens the same
  /// @param firstTextNanos from the question to the first piece
  /// @param restNanos from there to the end
  public record Answer(
      String text,
      String finish,
      int promptTokens,
      int completionTokens,
      long firstTextNanos,
      long restNanos) {

    /// Tokens per second after the first one; 0 where they are too few to tell.
    public double decodePerSecond() {
      return completionTokens < 2 || restNanos == 0 ? 0 : (completionTokens - 1) * 1e9 / restNanos;
    }
  }

  /// @param path `/v1/chat/completions` or `/v1/completions`
  /// @param body of the request, without `stream`
  public Answer ask(String path, Map<String, Object> body, Listener listener)
      throws IOException, InterruptedException {
    Map<String, Object> streamed = new LinkedHashMap<>(body);
    streamed.put("stream", true);
    streamed.put("stream_options", Map.of("include_usage", true));
    HttpRequest.Builder request =
        gateway
            .request(path)
            .timeout(SILENCE)
            .header("Accept", "text/event-stream")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(Wire.JSON.writeValueAsBytes(streamed)));
    var hearing = new Hearing(listener);
    try {
      return hear(gateway.stream(request), hearing, listener);
    } catch (InterruptedException e) {
      if (listener.cancelled()) {
        return hearing.answer("CANCELLED");
      }
      throw e;
    }
  }

  private static Answer hear(InputStream body, Hearing hearing, Listener listener)
      throws IOException, InterruptedException {
    try (var stream = new EventStream(body, SILENCE)) {
      for (var event = stream.next(); event != null; event = stream.next()) {
        if (event.data().equals("[DONE]")) {
          return hearing.answer("STOP");
        }
        hearing.chunk(parse(event.data()));
        if (listener.cancelled()) {
          return hearing.answer("CANCELLED"); // closing the connection tells the model to stop
        }
      }
    }
    throw new IOException("the answer broke off in the middle");
  }

  private static JsonNode parse(String data) throws IOException {
    JsonNode chunk;
    try {
      chunk = Wire.JSON.readTree(data);
    } catch (JacksonException e) {
      throw new IOException("a piece of the answer is no JSON: " + e.getOriginalMessage(), e);
    }
    if (chunk.path("error").isObject()) {
      throw new IOException(chunk.path("error").path("message").asString("the model failed"));
    }
    return chunk;
  }

  /// One answer on its way.
  private final class Hearing {
    private final Listener listener;
    private final StringBuilder text = new StringBuilder();
    private final long begun = nanos.getAsLong();
    private long first = -1;
    private long last = begun;
    private int prompt;
    private int completion;
    private @Nullable String finish;

    Hearing(Listener listener) {
      this.listener = listener;
    }

    void chunk(JsonNode chunk) {
      JsonNode choice = chunk.path("choices").path(0);
      String piece =
          choice.path("delta").path("content").asString(choice.path("text").asString(""));
      if (!piece.isEmpty()) {
        last = nanos.getAsLong();
        first = first < 0 ? last : first;
        text.append(piece);
        listener.text(piece);
      }
      if (choice.path("finish_reason").isString()) {
        finish = choice.path("finish_reason").asString().toUpperCase(java.util.Locale.ROOT);
      }
      JsonNode usage = chunk.path("usage");
      if (usage.isObject()) {
        prompt = usage.path("prompt_tokens").asInt(0);
        completion = usage.path("completion_tokens").asInt(0);
      }
    }

    Answer answer(String otherwise) {
      long heard = first < 0 ? last : first;
      String why = finish == null ? otherwise : finish;
      return new Answer(text.toString(), why, prompt, completion, heard - begun, last - heard);
    }
  }
}
