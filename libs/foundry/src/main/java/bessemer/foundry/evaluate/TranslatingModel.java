package bessemer.foundry.evaluate;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Languages;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.score.TextLines;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.TextTooLongException;
import bessemer.models.translation.TextTranslator;
import bessemer.models.translation.TextTranslator.Order;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A model that translates chunks of a corpus. Belongs to the thread that opened it.
public final class TranslatingModel implements AutoCloseable {
  private final String name;
  private final Engine engine;
  private final TextTranslator translator;
  private final SearchOptions options;
  private final int batch;
  private final LongSupplier nanos;

  private TranslatingModel(
      String name, Engine engine, TextTranslator translator, Search search, LongSupplier nanos)
      throws IOException {
    this.name = name;
    this.engine = engine;
    this.translator = translator;
    this.batch = search.batch();
    this.nanos = nanos;
    try {
      this.options = search.over(translator.defaults());
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(String.valueOf(e.getMessage()));
    }
  }

  /// A model and where it is to be found.
  ///
  /// @param cache where the tokenizer's native library is unpacked
  public record Place(String name, Path directory, Path cache) {}

  /// @param engine it runs on; closed with it, or when it cannot be opened
  /// @param kept the elements of keys and values
  /// @param nanos a clock that only goes forward
  /// @throws BadRequestException if the search is none for this model
  public static TranslatingModel open(
      Place place, Engine engine, KvType kept, Search search, LongSupplier nanos)
      throws IOException {
    @Nullable TextTranslator translator = null;
    try {
      translator = TextTranslator.open(engine, place.directory(), place.cache(), kept);
      return new TranslatingModel(place.name(), engine, translator, search, nanos);
    } catch (Throwable e) {
      engine.close();
      if (translator != null) {
        translator.close();
      }
      throw e;
    }
  }

  public String name() {
    return name;
  }

  /// For reports: what decides over the translations beside the weights.
  public String description() {
    return "%s, %d tokens at most, %d texts together"
        .formatted(
            options.beams() == 1
                ? "greedy"
                : "%d beams, length penalty %s".formatted(options.beams(), options.lengthPenalty()),
            options.maxLength(),
            batch);
  }

  /// Asks the tokenizer alone, which is quick.
  ///
  /// @throws BadRequestException if the model lacks a language of the corpus
  public static void checkLanguages(Place place, ParallelText text) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.load(place.directory(), place.cache())) {
      if (tokenizer.languages().all().isEmpty()) {
        throw new BadRequestException(
            place.name() + ": its tokenizer has no languages, so it does not translate");
      }
      for (LanguagePair pair : text.pairs()) {
        language(place.name(), tokenizer.languages(), pair.from());
        language(place.name(), tokenizer.languages(), pair.to());
      }
    }
  }

  private static Language language(String model, Languages languages, String language) {
    try {
      return languages.find(language);
    } catch (UnknownLanguageException e) {
      throw new BadRequestException("%s: %s".formatted(model, e.getMessage()));
    }
  }

  private Order order(LanguagePair pair) {
    Languages languages = translator.languages();
    return new Order(
        language(name, languages, pair.from()),
        language(name, languages, pair.to()),
        options,
        batch);
  }

  /// @param done hears of how many lines of the chunk are done, now and then
  /// @throws BadRequestException if a line has a sentence that is too long for the model
  public Translated translate(ParallelText text, Chunk chunk, IntConsumer done) {
    List<String> sources =
        chunk.lines().stream().map(line -> text.segments().get(line).source()).toList();
    long begun = nanos.getAsLong();
    try {
      List<String> found = translator.translate(sources, order(chunk.pair()), done);
      double seconds = (nanos.getAsLong() - begun) / 1e9;
      List<String> lines = found.stream().map(TranslatingModel::line).toList();
      return new Translated(lines, seconds, description());
    } catch (TextTooLongException e) {
      String place = text.segments().get(chunk.lines().get(e.text())).place();
      throw new BadRequestException("%s: %s".formatted(place, e.getMessage()));
    }
  }

  /// A model may write line breaks; a file of translations may not.
  private static String line(String hypothesis) {
    return TextLines.stripped(hypothesis.replace('\n', ' '));
  }

  @Override
  public void close() {
    engine.close();
    translator.close();
  }
}
