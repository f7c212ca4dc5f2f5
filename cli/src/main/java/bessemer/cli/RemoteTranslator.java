package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.GatewayException;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.cli.remote.Translations;
import bessemer.contracts.TranslationRequest;
import bessemer.contracts.TranslationView;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A translator of the catalogue, asked through the gateway: many texts in several requests, one
/// after the other.
final class RemoteTranslator implements Translating {
  private static final int TEXTS = 256; // of a request
  private static final int CHARACTERS = 50_000; // of a request, unless it is one text
  private static final Pattern TEXT = Pattern.compile("texts\\[(\\d{1,9})]");

  private final Home home;
  private final String model;
  private final Gateway gateway;
  private final Translations translations;

  RemoteTranslator(Connection connection, String model) throws IOException {
    this.home = connection.home();
    this.model = model;
    gateway = connection.open();
    translations = new Translations(gateway);
  }

  @Override
  public Result translate(Order order, IntConsumer done) throws IOException, InterruptedException {
    List<String> translated = new ArrayList<>();
    String from = order.from();
    String to = order.to();
    do { // also without texts: the model and its languages are checked
      int first = translated.size();
      List<String> some = next(order.texts(), first);
      TranslationView answer = ask(request(order, some), first, done);
      answer.translations().forEach(text -> translated.add(text.translation()));
      from = answer.sourceLang();
      to = answer.targetLang();
    } while (translated.size() < order.texts().size());
    return new Result(from, to, translated);
  }

  private static List<String> next(List<String> texts, int first) {
    int characters = 0;
    int last = first;
    while (last < texts.size()
        && last - first < TEXTS
        && (last == first || characters + texts.get(last).length() <= CHARACTERS)) {
      characters += texts.get(last).length();
      last++;
    }
    return texts.subList(first, last);
  }

  private TranslationRequest request(Order order, List<String> texts) {
    SearchChoices search = order.search();
    DrawingOptions drawing = order.drawing();
    return new TranslationRequest(
        model,
        null,
        texts,
        order.from(),
        order.to(),
        search.beams(),
        search.maxTokens(),
        search.lengthPenalty(),
        search.noRepeatNgram(),
        drawing.temperature(),
        drawing.topK(),
        drawing.topP(),
        drawing.seed(),
        TranslationRequest.SPLIT_LONG,
        true);
  }

  /// Comes again where the translator is busy, once something would be lost by giving up.
  private TranslationView ask(TranslationRequest request, int before, IntConsumer done)
      throws IOException, InterruptedException {
    Patience patience = Patience.real();
    for (int attempt = 1; ; attempt++) {
      try {
        return translations.ask(request, count -> done.accept(before + count));
      } catch (GatewayException e) {
        boolean busy = e.status() == 429 && before > 0;
        if (!busy || !patience.pause(attempt)) {
          throw said(e, before);
        }
      }
    }
  }

  /// Texts are counted over all requests, and from 1.
  private RuntimeException said(GatewayException e, int before) {
    String message = String.valueOf(e.getMessage());
    Matcher text = TEXT.matcher(of(e.field()));
    if (e.status() == 400 && text.matches()) {
      int number = before + Integer.parseInt(text.group(1)) + 1;
      return new CommandException(
          Exit.USAGE, message.replace("'" + e.field() + "'", "text " + number));
    }
    if (e.status() == 404 && Files.isDirectory(home.models().resolve(model))) {
      return new CommandException(
          Exit.NOT_FOUND, message + "; one was converted with --local: add --local");
    }
    return e;
  }

  private static String of(@Nullable String field) {
    return field == null ? "" : field;
  }

  @Override
  public void close() {
    gateway.close();
  }
}
