package bessemer.cli;

import bessemer.checkpoint.text.ChatTemplate;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.checkpoint.text.template.TemplateException;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Generation;
import bessemer.models.generation.Pieces;
import bessemer.models.generation.Request;
import bessemer.models.generation.TokenListener;
import bessemer.tensor.Engine;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A model in this process: engine, weights, tokenizer and what it has seen so far.
final class LocalSpeaker implements Speaker {
  private final Engine engine;
  private final LoadedModel loaded;
  private final Tokenizer tokenizer;
  private final Generation generation;

  private LocalSpeaker(Engine engine, LoadedModel loaded, Tokenizer tokenizer, KvType cache) {
    this.engine = engine;
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.generation = new Generation(engine, loaded.model(), cache, System::nanoTime);
  }

  static LocalSpeaker open(
      Path directory, AdapterOption adapter, EngineChoice choice, KvType cache, Home home)
      throws IOException {
    Engine engine = choice.engine();
    try {
      LoadedModel loaded = adapter.load(engine, directory);
      return new LocalSpeaker(engine, loaded, Tokenizer.load(directory, home.cache()), cache);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  /// The backend and its kernels.
  @Override
  public String place() {
    return engine.describe();
  }

  boolean chats() {
    return tokenizer.chatTemplate() != null;
  }

  @Override
  public Reply answer(
      List<Map<String, String>> messages, SamplingOptions options, TokenListener listener) {
    return reply(answer(conversation(messages), options, listener));
  }

  @Override
  public Reply continued(String text, SamplingOptions options, TokenListener listener) {
    return reply(answer(text(text), options, listener));
  }

  private static Reply reply(Generated answer) {
    return new Reply(answer.text(), rates(answer), answer);
  }

  private static String rates(Generated answer) {
    var timings = answer.timings();
    return String.format(
        Locale.ROOT,
        "[%d prompt tokens, first after %.0f ms (%.1f tok/s); %d tokens, %.1f tok/s]",
        timings.promptTokens(),
        timings.firstTokenNanos() / 1e6,
        timings.prefillPerSecond(),
        answer.tokens().size(),
        timings.decodePerSecond());
  }

  /// The tokens that ask for an answer to this conversation.
  ///
  /// @throws CommandException if the model has no chat template, or it refuses the conversation
  private int[] conversation(List<Map<String, String>> messages) {
    ChatTemplate template = tokenizer.chatTemplate();
    if (template == null) {
      throw new CommandException(
          Exit.FAILED, loaded.directory() + " has no chat template: use generate --raw");
    }
    try {
      return tokenizer.encode(template.render(messages, true), false);
    } catch (TemplateException e) {
      throw new CommandException(Exit.FAILED, "the chat template: " + e.getMessage());
    }
  }

  private int[] text(String prompt) {
    return tokenizer.encode(prompt, true);
  }

  /// Answers; the listener gets the text as it comes.
  ///
  /// @throws CommandException if the prompt does not fit the model
  private Generated answer(int[] prompt, SamplingOptions options, TokenListener listener) {
    try {
      Request request =
          new Request(
              java.util.Arrays.stream(prompt).boxed().toList(),
              options.maxTokens(),
              options.sampling(),
              tokenizer.endTokens(),
              options.stops());
      return generation.generate(request, Pieces.of(tokenizer.stream(true)), listener);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    generation.close();
    engine.close();
    loaded.close();
    tokenizer.close();
  }
}
