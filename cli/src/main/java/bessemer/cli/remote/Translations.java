package bessemer.cli.remote;

import bessemer.contracts.LanguageView;
import bessemer.contracts.Page;
import bessemer.contracts.Problem;
import bessemer.contracts.TranslationRequest;
import bessemer.contracts.TranslationView;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/// The translators behind the gateway.
public final class Translations {
  /// The first sentence may have to wait for the model to be loaded, and for those before.
  private static final Duration SILENCE = Duration.ofMinutes(10);

  private static final TypeReference<Page<LanguageView>> LANGUAGES = new TypeReference<>() {};

  private final Gateway gateway;

  public Translations(Gateway gateway) {
    this.gateway = gateway;
  }

  public List<LanguageView> languages(String model) throws IOException, InterruptedException {
    String path = "/api/v1/models/" + Gateway.segment(model) + "/languages";
    return gateway.get(path, LANGUAGES).items();
  }

  /// Has texts translated; closing the gateway ends it.
  ///
  /// @param request that streams
  /// @param done hears of how many texts are done
  public TranslationView ask(TranslationRequest request, IntConsumer done)
      throws IOException, InterruptedException {
    HttpRequest.Builder call =
        gateway
            .request("/api/v1/translate")
            .timeout(SILENCE)
            .header("Accept", "text/event-stream, application/problem+json")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(Wire.JSON.writeValueAsBytes(request)));
    try (InputStream body = gateway.stream(call);
        var stream = new EventStream(body, SILENCE)) {
      return hear(stream, done);
    } catch (JacksonException e) {
      throw new IOException("a piece of the answer is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static TranslationView hear(EventStream stream, IntConsumer done)
      throws IOException, InterruptedException {
    Map<Integer, Integer> heard = new HashMap<>(); // sentences by text
    int complete = 0;
    for (var event = stream.next(); event != null; event = stream.next()) {
      switch (event.type()) {
        case "sentence" -> {
          var one = Wire.JSON.readValue(event.data(), TranslationView.Sentence.class);
          if (heard.merge(one.text(), 1, Integer::sum) == one.sentences()) {
            done.accept(++complete);
          }
        }
        case "done" -> {
          var all = Wire.JSON.readValue(event.data(), TranslationView.class);
          done.accept(all.translations().size());
          return all;
        }
        case "error" ->
            throw new IOException(Wire.JSON.readValue(event.data(), Problem.class).detail());
        default -> {} // of a newer gateway
      }
    }
    throw new IOException("the translation broke off in the middle");
  }
}
