package bessemer.models.translation;

import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Languages;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.CacheShape;
import bessemer.models.LoadedTranslator;
import bessemer.models.Models;
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
/// the engine's thread but for what says otherwise; must be closed after the engine.
public final class TextTranslator implements AutoCloseable {
  private static final int USUAL_LENGTH = 200;

  /// What LingoLite does unless told otherwise.
  private static final SearchOptions LINGO_LITE =
      new SearchOptions(1, 128, 1, 0, EarlyStopping.AT_ONCE);

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

  private TextTranslator(Engine engine, LoadedTranslator loaded, Tokenizer tokenizer, KvType type) {
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
    return of(engine, LoadedTranslator.load(engine, directory), cache, type);
  }

  /// Takes the model over, and closes it if there is no tokenizer beside it.
  ///
  /// @param cache where the tokenizer's native library is unpacked
  /// @param type the elements of keys and values
  public static TextTranslator of(Engine engine, LoadedTranslator loaded, Path cache, KvType type)
      throws IOException {
    try {
      Tokenizer tokenizer = Tokenizer.load(loaded.directory(), cache);
      try {
        return new TextTranslator(engine, loaded, tokenizer, type);
      } catch (Throwable e) {
        tokenizer.close();
        throw e;
      }
    } catch (Throwable e) {
      loaded.close();
      throw e;
    }
  }

  public Languages languages() {
    return languages;
  }

  /// Tokens that the model reads, and that it writes, at most.
  public int contextLength() {
    return loaded.model().contextLength();
  }

  public int vocabulary() {
    return loaded.model().vocabulary();
  }

  /// What the decoder remembers of each position.
  public CacheShape cache() {
    return Models.architecture(loaded.config()).cache();
  }

  /// What `generation_config.json` of the model asks for, where it is there; else what its own
  /// project does.
  public SearchOptions defaults() throws IOException {
    Path file = loaded.directory().resolve("generation_config.json");
    if (!Files.exists(file)) {
      return switch (loaded.model().beamRules()) {
        case TRANSFORMERS -> SearchOptions.of(1, USUAL_LENGTH);
        case LINGO_LITE -> LINGO_LITE;
      };
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
  /// is translated sentence by sentence. Where the model was made with sources that were cut, so is
  /// a sentence that is still too long.
  ///
  /// @param done hears of how many texts are done, now and then
  /// @throws TextTooLongException if a sentence is longer than the model can read
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
    return results.stream().map(parts -> joined(List.of(parts), order.to())).toList();
  }

  private static boolean complete(String[] parts) {
    return Arrays.stream(parts).noneMatch(Objects::isNull);
  }

  /// How many texts that completes.
  private int translate(List<Part> batch, Order order, List<String[]> results) {
    int completed = 0;
    List<Task> tasks = batch.stream().map(Part::task).toList();
    List<List<Hypothesis>> found = search(tasks, order.options(), Watch.NONE);
    for (int i = 0; i < batch.size(); i++) {
      Part part = batch.get(i);
      String[] parts = results.get(part.text());
      parts[part.index()] = words(found.get(i).getFirst());
      completed += complete(parts) ? 1 : 0;
    }
    return completed;
  }

  private List<Part> parts(int text, String words, Order order) {
    List<Part> parts = new ArrayList<>();
    try {
      for (Task task : tasks(words, order.from(), order.to(), Splitting.LONG_TEXTS)) {
        parts.add(new Part(text, parts.size(), task));
      }
    } catch (IllegalArgumentException e) {
      throw new TextTooLongException(text, e);
    }
    return parts;
  }

  /// What has to be translated for a text: itself, or its sentences; nothing if it is blank. For
  /// any thread.
  ///
  /// @throws IllegalArgumentException if a sentence is longer than the model can read
  public List<Task> tasks(String text, Language from, Language to, Splitting splitting) {
    if (text.isBlank()) {
      return List.of();
    }
    if (splitting == Splitting.LONG_TEXTS) {
      int[] whole = languages.encode(text, from, to);
      if (whole.length <= contextLength()) {
        return List.of(task(whole, to));
      }
    }
    List<Task> tasks = new ArrayList<>();
    for (String sentence : Sentences.of(text)) {
      int[] source = languages.encode(sentence, from, to);
      if (source.length > contextLength() && languages.cutsLongTexts()) {
        source = languages.encode(sentence, from, to, contextLength());
      }
      if (source.length > contextLength()) {
        throw new IllegalArgumentException(
            "a sentence of %d tokens, the model reads %d: break it up"
                .formatted(source.length, contextLength()));
      }
      tasks.add(task(source, to));
    }
    return tasks;
  }

  private Task task(int[] source, Language to) {
    List<Integer> tokens = Arrays.stream(source).boxed().toList();
    return new Task(tokens, languages.opening(to));
  }

  /// As [Translator#translate(List, SearchOptions, Watch)].
  public List<List<Hypothesis>> search(List<Task> tasks, SearchOptions options, Watch watch) {
    return translator.translate(tasks, options, watch);
  }

  /// The text of a hypothesis. For any thread.
  public String words(Hypothesis hypothesis) {
    int[] tokens = hypothesis.tokens().stream().mapToInt(Integer::intValue).toArray();
    return languages.decode(tokens);
  }

  /// Whether a hypothesis came to its end, and was not cut.
  public boolean ends(Hypothesis hypothesis) {
    return hypothesis.tokens().getLast() == loaded.model().marks().end();
  }

  /// A text of its translated sentences.
  public static String joined(List<String> sentences, Language to) {
    return String.join(Sentences.between(to), sentences);
  }

  @Override
  public void close() {
    tokenizer.close();
    loaded.close();
  }
}
