package bessemer.cli;

import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.TextTranslator;
import bessemer.models.translation.TextTranslator.Order;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "translate",
    mixinStandardHelpOptions = true,
    description = {
      "Translates a text, or a file line by line; the translation goes to standard output.",
      "Runs in this process: name a directory, or add --local for a model of `list --local`."
    })
final class Translate implements Callable<Integer> {
  private final Console console;
  private final Connection connection;
  private final InputStream in;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A directory or a model's name.")
  private String model = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "What to translate; - reads standard input, line by line.")
  private @Nullable String text;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "LANGUAGE",
      description = "Its language, by code or name: eng_Latn, en, English.")
  private String from = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "LANGUAGE",
      description = "The language to translate to; `list languages MODEL` has all.")
  private String to = "";

  @Option(names = "--file", paramLabel = "FILE", description = "Translate its lines.")
  private @Nullable Path file;

  @Option(names = "--out", paramLabel = "FILE", description = "Write there, not to the terminal.")
  private @Nullable Path out;

  @Mixin private final SearchChoices search = new SearchChoices();
  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print JSON: languages and translations.")
  private boolean json;

  Translate(Console console, Connection connection, InputStream in) {
    this.console = console;
    this.connection = connection;
    this.in = in;
  }

  @Override
  public Integer call() throws IOException {
    local.require("translate", model);
    List<String> texts = texts();
    Path directory = ModelArgument.resolve(model, connection.home());
    KvType cache = computing.cache();
    Engine engine = computing.choice().engine();
    try (var opened = Opened.open(engine, directory, connection.home(), cache)) {
      Order order = order(opened.translator());
      List<String> translations = translate(opened.translator(), texts, order);
      print(translations, order);
    }
    return Exit.OK.code();
  }

  private List<String> texts() throws IOException {
    if ((text == null) == (file == null)) {
      throw new CommandException(Exit.USAGE, "give a text, - for standard input, or --file");
    }
    if (file != null) {
      return Files.readAllLines(file);
    }
    return "-".equals(text)
        ? new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()
        : List.of(String.valueOf(text));
  }

  private Order order(TextTranslator translator) throws IOException {
    try {
      SearchOptions options = search.over(translator.defaults());
      var languages = translator.languages();
      return new Order(languages.find(from), languages.find(to), options, search.batch());
    } catch (UnknownLanguageException | IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private List<String> translate(TextTranslator translator, List<String> texts, Order order) {
    long begun = System.nanoTime();
    try (var progress = new LineProgress(console, texts.size())) {
      return translator.translate(texts, order, progress::done);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    } finally {
      double seconds = (System.nanoTime() - begun) / 1e9;
      console.note(
          String.format(
              Locale.ROOT,
              "[%d texts in %.2f s, %.1f a second]",
              texts.size(),
              seconds,
              texts.size() / seconds));
    }
  }

  private void print(List<String> translations, Order order) throws IOException {
    String result =
        json
            ? Json.of(new Result(order.from().code(), order.to().code(), translations)) + "\n"
            : String.join("\n", translations) + (translations.isEmpty() ? "" : "\n");
    if (out == null) {
      console.out().print(result);
      console.out().flush();
    } else {
      Files.writeString(out, result);
    }
  }

  /// What `--json` prints.
  record Result(String from, String to, List<String> translations) {}

  /// A translator and the engine it runs on.
  private record Opened(Engine engine, TextTranslator translator) implements AutoCloseable {
    static Opened open(Engine engine, Path directory, Home home, KvType cache) throws IOException {
      try {
        return new Opened(engine, TextTranslator.open(engine, directory, home.cache(), cache));
      } catch (Throwable e) {
        engine.close();
        throw e;
      }
    }

    @Override
    public void close() {
      engine.close();
      translator.close();
    }
  }
}
