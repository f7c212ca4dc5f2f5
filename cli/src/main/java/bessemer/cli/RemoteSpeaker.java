package bessemer.cli;

import bessemer.cli.remote.Completions;
import bessemer.cli.remote.Completions.Answer;
import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.GatewayException;
import bessemer.models.generation.TokenListener;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A model of the catalogue, asked through the gateway.
final class RemoteSpeaker implements Speaker {
  private final Home home;
  private final String model;
  private final Gateway gateway;
  private final Completions completions;

  RemoteSpeaker(Connection connection, String model) throws IOException {
    this.home = connection.home();
    this.model = model;
    gateway = connection.open();
    completions = new Completions(gateway, System::nanoTime);
  }

  @Override
  public String place() {
    return gateway.address().toString();
  }

  @Override
  public Reply answer(
      List<Map<String, String>> messages, SamplingOptions options, TokenListener listener)
      throws IOException, InterruptedException {
    return ask("/v1/chat/completions", "messages", messages, options, listener);
  }

  @Override
  public Reply continued(String text, SamplingOptions options, TokenListener listener)
      throws IOException, InterruptedException {
    return ask("/v1/completions", "prompt", text, options, listener);
  }

  private Reply ask(
      String path, String field, Object value, SamplingOptions options, TokenListener listener)
      throws IOException, InterruptedException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", model);
    body.put(field, value);
    body.putAll(options.fields());
    try {
      Answer answer = completions.ask(path, body, heardBy(listener));
      return new Reply(answer.text(), rates(answer), answer);
    } catch (GatewayException e) {
      if (e.status() == 404 && Files.isDirectory(home.models().resolve(model))) {
        throw new CommandException(
            Exit.NOT_FOUND, e.getMessage() + "; one was converted with --local: add --local");
      }
      throw e;
    }
  }

  private static Completions.Listener heardBy(TokenListener listener) {
    return new Completions.Listener() {
      @Override
      public void text(String piece) {
        listener.text(piece);
      }

      @Override
      public boolean cancelled() {
        return listener.cancelled();
      }
    };
  }

  /// Tokens as the service counted them, times as they passed here.
  private static String rates(Answer answer) {
    String rate =
        answer.decodePerSecond() == 0
            ? ""
            : String.format(Locale.ROOT, ", %.1f tok/s", answer.decodePerSecond());
    return String.format(
        Locale.ROOT,
        "[%d prompt tokens, first after %.0f ms; %d tokens%s]",
        answer.promptTokens(),
        answer.firstTextNanos() / 1e6,
        answer.completionTokens(),
        rate);
  }

  @Override
  public void close() {
    gateway.close();
  }
}
