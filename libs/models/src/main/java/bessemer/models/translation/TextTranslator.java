package bessemer.models.translation;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Languages;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LoadedTranslator;
import bessemer.models.translation.SearchOptions.EarlyStopping;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
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

  /// @param index of the sentence in its text
  private record Part(int text, int index, Task task) {
    int length() {
      return task.source().size();
    }
  }

  private final LoadedTranslator loaded;
  private final Tokenizer tokenizer;
  private final Languages languages;
  private final Translator translator;

  /// Takes model and tokenizer over.
  ///
  /// @param type the elements of keys and values
  public TextTranslator(Engine engine, LoadedTranslator loaded, Tokenizer tokenizer, KvType type) {
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.languages = tokenizer.languages();
    this.translator = new Translator(engine, loaded.model(), type);
  }

  /// With keys and values as the model computes them.
  ///
  /// @param cache where the tokenizer's native library is unpacked
  public static TextTranslator open(Engine engine, Path directory, Path cache) throws IOException {
    return open(engine, directory, cache, KvType.FP32);
  }

  /// @param cache where the tokenizer's native library is unpacked
  /// @param type the elements of keys and values
  public static TextTranslator open(Engine engine, Path directory, Path cache, KvType type)
      throws IOException {
    LoadedTranslator loaded = LoadedTranslator.load(engine, directory);
    try {
      return new TextTranslator(engine, loaded, Tokenizer.load(directory, cache), type);
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
  /// together, the longest first; blank ones stay blank. A text that is longer than the model reads
  /// is translated sentence by sentence.
  ///
  /// @param done hears of how many texts are done, now and then
  /// @throws IllegalArgumentException if a sentence is longer than the model can read
  public List<String> translate(List<String> texts, Order order, IntConsumer done) {
    List<String[]> results = new ArrayList<>();
    List<Part> waiting = new ArrayList<>();
    for (int text = 0; text < texts.size(); text++) {
      List<Part> parts = parts(text, texts.get(text), order);
      results.add(new String[parts.size()]);
      waiting.addAll(parts);
    }
    int finished = (int) results.stream().filter(TextTranslator::complete).count();
    waiting.sort(Comparator.comparingInt(Part::length).reversed());
    for (int at = 0; at < waiting.size(); at += order.texts()) {
      int to = Math.min(waiting.size(), at + order.texts());
      finished += translate(waiting.subList(at, to), order, results);
      done.accept(finished);
    }
    String between = Sentences.between(order.to());
    return results.stream().map(parts -> String.join(between, parts)).toList();
  }

  private static boolean complete(String[] parts) {
    return Arrays.stream(parts).noneMatch(Objects::isNull);
  }

  /// How many texts that completes.
  private int translate(List<Part> batch, Order order, List<String[]> results) {
    int completed = 0;
    List<Task> tasks = batch.stream().map(Part::task).toList();
    List<List<Hypothesis>> found = translator.translate(tasks, order.options());
    for (int i = 0; i < batch.size(); i++) {
      List<Integer> best = found.get(i).getFirst().tokens();
      int[] tokens = best.stream().mapToInt(Integer::intValue).toArray();
      Part part = batch.get(i);
      String[] parts = results.get(part.text());
      parts[part.index()] = languages.decode(tokens);
      completed += complete(parts) ? 1 : 0;
    }
    return completed;
  }

  /// Itself; its sentences if it is too long; none if it is blank.
  private List<Part> parts(int text, String words, Order order) {
    if (words.isBlank()) {
      return List.of();
    }
    int most = loaded.model().contextLength();
    int[] whole = languages.encode(words, order.from());
    if (whole.length <= most) {
      return List.of(new Part(text, 0, task(whole, order)));
    }
    List<Part> parts = new ArrayList<>();
    for (String sentence : Sentences.of(words)) {
      int[] source = languages.encode(sentence, order.from());
      if (source.length > most) {
        throw new IllegalArgumentException(
            "text %d has a sentence of %d tokens, the model reads %d: break it up"
                .formatted(text + 1, source.length, most));
      }
      parts.add(new Part(text, parts.size(), task(source, order)));
    }
    return parts;
  }

  private static Task task(int[] source, Order order) {
    List<Integer> tokens = Arrays.stream(source).boxed().toList();
    return new Task(tokens, List.of(order.to().token()));
  }

  @Override
  public void close() {
    tokenizer.close();
    loaded.close();
  }
}
