package bessemer.cli;

import bessemer.cli.Translating.Result;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
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
      "A directory runs in this process, a name through the gateway."
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
  @Mixin private final DrawingOptions drawing = new DrawingOptions();
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
  public Integer call() throws IOException, InterruptedException {
    requireFreeOut();
    List<String> texts = texts();
    try (Translating translator = open()) {
      print(translate(translator, new Translating.Order(texts, from, to, search, drawing)));
    }
    return Exit.OK.code();
  }

  private Translating open() throws IOException {
    Home home = connection.home();
    computing.requireLocal(local.covers(model));
    if (!local.covers(model)) {
      return new RemoteTranslator(connection, model);
    }
    Path directory = ModelArgument.resolve(model, home);
    KvType kept = computing.cache();
    return LocalTranslator.open(computing.choice().engine(), directory, home, kept);
  }

  private List<String> texts() throws IOException {
    if ((text == null) == (file == null)) {
      throw new CommandException(Exit.USAGE, "give a text, - for standard input, or --file");
    }
    if (file != null) {
      return lines(Files.readAllBytes(file), file.toString());
    }
    return "-".equals(text)
        ? lines(in.readAllBytes(), "standard input")
        : List.of(String.valueOf(text));
  }

  private static List<String> lines(byte[] bytes, String name) {
    try {
      var decoder = StandardCharsets.UTF_8.newDecoder();
      return decoder.decode(ByteBuffer.wrap(bytes)).toString().lines().toList();
    } catch (CharacterCodingException e) {
      throw new CommandException(Exit.USAGE, name + " is not UTF-8 text");
    }
  }

  /// Before anything is translated: nothing that is there shall be lost, nothing be done in vain.
  private void requireFreeOut() throws IOException {
    Destination.requireFile(out);
    if (out != null && file != null && Files.exists(out) && Files.isSameFile(out, file)) {
      throw new CommandException(
          Exit.USAGE, "--out would replace the text that is translated: name another file");
    }
  }

  private Result translate(Translating translator, Translating.Order order)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    int texts = order.texts().size();
    Result result;
    try (var progress = new LineProgress(console, texts)) {
      result = translator.translate(order, progress::done);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    console.note(
        String.format(
            Locale.ROOT, "[%d texts in %.2f s, %.1f a second]", texts, seconds, texts / seconds));
    return result;
  }

  private void print(Result result) throws IOException {
    List<String> lines = result.translations();
    if (lines.size() != 1) { // a line stays one line, whatever the model writes
      lines = lines.stream().map(line -> line.replace('\n', ' ')).toList();
    }
    String text =
        json ? Json.of(result) + "\n" : String.join("\n", lines) + (lines.isEmpty() ? "" : "\n");
    if (out == null) {
      console.out().print(text);
      console.out().flush();
    } else {
      Files.writeString(out, text);
    }
  }
}
