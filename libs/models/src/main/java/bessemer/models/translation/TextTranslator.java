package bessemer.models.translation;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Languages;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LoadedTranslator;
import bessemer.models.translation.SearchOptions.EarlyStopping;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import tools.jackson.databind.JsonNode;

/// A translator from text to text: model, tokenizer and the settings of its directory. Belongs to
/// the engine's thread; must be closed after the engine.
public final class TextTranslator implements AutoCloseable {
  private static final int USUAL_LENGTH = 200;

  /// @param texts that are translated together at most
  public record Order(Language from, Language to, SearchOptions options, int texts) {
    public Order {
      if (texts < 1) {
        throw new IllegalArgumentException("batches of " + texts + " texts");
      }
    }
  }

  private record Encoded(int place, Task task) {
    int length() {
      return task.source().size();
    }
  }

  private final LoadedTranslator loaded;
  private final Tokenizer tokenizer;
  private final Languages languages;
  private final Translator translator;

  private TextTranslator(Engine engine, LoadedTranslator loaded, Tokenizer tokenizer) {
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.languages = tokenizer.languages();
    this.translator = new Translator(engine, loaded.model());
  }

  /// @param cache where the tokenizer's native library is unpacked
  public static TextTranslator open(Engine engine, Path directory, Path cache) throws IOException {
    LoadedTranslator loaded = LoadedTranslator.load(engine, directory);
    try {
      return new TextTranslator(engine, loaded, Tokenizer.load(directory, cache));
    } catch (Throwable e) {
      loaded.close();
      throw e;
    }
  }

  public Languages languages() {
    return languages;
  }

  /// What `generation_config.json` of the model asks for, where it is there.
  public SearchOptions defaults() throws IOException {
    Path file = loaded.directory().resolve("generation_config.json");
    if (!Files.exists(file)) {
      return SearchOptions.of(1, USUAL_LENGTH);
    }
    ConfigJson settings = ConfigJson.read(file);
    return new SearchOptions(
        settings.optionalInteger("num_beams").orElse(1),
        settings.optionalInteger("max_length").orElse(USUAL_LENGTH),
        settings.optionalNumber("length_penalty").orElse(1),
        settings.optionalInteger("no_repeat_ngram_size").orElse(0),
        stopping(settings));
  }

  private static EarlyStopping stopping(ConfigJson settings) {
    JsonNode node = settings.fields().path("early_stopping");
    if (node.isString()) {
      return EarlyStopping.NEVER;
    }
    return node.asBoolean(false) ? EarlyStopping.AT_ONCE : EarlyStopping.HEURISTIC;
  }

  /// The best translation of each text, in the order of the texts. Texts of like length run
  /// together, the longest first; blank ones stay blank.
  ///
  /// @param done hears of how many texts are done, now and then
  /// @throws IllegalArgumentException if a text is longer than the model can read
  public List<String> translate(List<String> texts, Order order, IntConsumer done) {
    List<String> results = new ArrayList<>(Collections.nCopies(texts.size(), ""));
    List<Encoded> waiting = encoded(texts, order);
    int blank = texts.size() - waiting.size();
    for (int at = 0; at < waiting.size(); at += order.texts()) {
      List<Encoded> batch =
          waiting.subList(at, Math.min(waiting.size(), at + order.texts()));
      List<Task> tasks = batch.stream().map(Encoded::task).toList();
      List<List<Hypothesis>> found = translator.translate(tasks, order.options());
      for (int i = 0; i < batch.size(); i++) {
        List<Integer> best = found.get(i).getFirst().tokens();
        int[] tokens = best.stream().mapToInt(Integer::intValue).toArray();
        results.set(batch.get(i).place(), languages.decode(tokens));
      }
      done.accept(blank + at + batch.size());
    }
    return results;
  }

  private List<Encoded> encoded(List<String> texts, Order order) {
    List<Encoded> encoded = new ArrayList<>();
    int most = loaded.model().contextLength();
    for (int place = 0; place < texts.size(); place++) {
      if (!texts.get(place).isBlank()) {
        int[] source = languages.encode(texts.get(place), order.from());
        if (source.length > most) {
          throw new IllegalArgumentException(
              "text %d has %d tokens, the model reads %d: split it into sentences"
                  .formatted(place + 1, source.length, most));
        }
        List<Integer> tokens = Arrays.stream(source).boxed().toList();
        encoded.add(new Encoded(place, new Task(tokens, List.of(order.to().token()))));
      }
    }
    encoded.sort(Comparator.comparingInt(Encoded::length).reversed());
    return encoded;
  }

  @Override
  public void close() {
    tokenizer.close();
    loaded.close();
  }
}
