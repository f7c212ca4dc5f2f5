package bessemer.inference.serving;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Languages;
import bessemer.models.translation.Hypothesis;
import bessemer.models.translation.RunningSearch;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Splitting;
import bessemer.models.translation.Task;
import bessemer.models.translation.TextTranslator;
import bessemer.models.translation.Watch;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// A translator in memory: engine, weights, tokenizer. The thread that opened it translates and
/// closes; languages, sizes and the splitting of texts are for all threads.
public final class Interpreter {
  private final Engine engine;
  private final TextTranslator translator;
  private final SearchOptions defaults;
  private final KvType kept;

  private Interpreter(Engine engine, TextTranslator translator, KvType kept) throws IOException {
    this.engine = engine;
    this.translator = translator;
    this.defaults = translator.defaults();
    this.kept = kept;
  }

  /// @param limits say where the tokenizer's native library is unpacked, and what keys and values
  ///   are
  static Interpreter open(Path directory, Supplier<Engine> engines, Residents.Limits limits)
      throws IOException {
    Engine engine = engines.get();
    TextTranslator translator = null;
    try {
      KvType kept = limits.batch().cache();
      translator = TextTranslator.open(engine, directory, limits.cache(), kept);
      return new Interpreter(engine, translator, kept);
    } catch (Throwable e) {
      engine.close();
      if (translator != null) {
        translator.close();
      }
      throw e;
    }
  }

  public Languages languages() {
    return translator.languages();
  }

  /// How it searches unless asked otherwise.
  public SearchOptions defaults() {
    return defaults;
  }

  /// Tokens that it reads, and that it writes, at most.
  public int contextLength() {
    return translator.contextLength();
  }

  public int vocabulary() {
    return translator.vocabulary();
  }

  /// What has to be translated for a text.
  ///
  /// @throws IllegalArgumentException if a sentence is longer than the model can read
  public List<Task> tasks(String text, Language from, Language to, Splitting splitting) {
    return translator.tasks(text, from, to, splitting);
  }

  RunningSearch begin(SearchOptions options, Watch watch) {
    return translator.begin(options, watch);
  }

  String words(Hypothesis hypothesis) {
    return translator.words(hypothesis);
  }

  boolean ends(Hypothesis hypothesis) {
    return translator.ends(hypothesis);
  }

  /// What a translator remembers of so many positions.
  long cacheBytes(long positions) {
    return positions * translator.cache().positionBytes(kept);
  }

  void close() {
    engine.close();
    translator.close();
  }
}
