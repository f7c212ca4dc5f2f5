package bessemer.foundry.compare;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.foundry.benchmark.TranslationBenchmark;
import bessemer.models.LoadedTranslator;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;
import bessemer.models.translation.TextTranslator;
import bessemer.models.translation.Translator;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// A translator.
final class TranslationCandidate implements Candidate {
  private static final int LONGEST = 64; // tokens of a sample's translation
  private static final int SOURCE = 20; // tokens that decoding is timed with

  private final Setup setup;
  private final Engine engine;
  private final LoadedTranslator loaded;
  private final TextTranslator translator;
  private final Language from;
  private final Language to;

  private TranslationCandidate(Setup setup, Engine engine, LoadedTranslator loaded)
      throws IOException {
    this.setup = setup;
    this.engine = engine;
    this.loaded = loaded;
    Tokenizer tokenizer = Tokenizer.load(loaded.directory(), setup.natives());
    translator = new TextTranslator(engine, loaded, tokenizer, setup.cache());
    from = language(setup.from(), "English");
    to = language(setup.to(), "French");
  }

  private Language language(String asked, String usual) {
    return translator.languages().find(asked.isEmpty() ? usual : asked);
  }

  /// @throws bessemer.checkpoint.text.UnknownLanguageException if it lacks one of the languages
  static TranslationCandidate open(Setup setup, Path directory, UnaryOperator<Source> around)
      throws IOException {
    Engine engine = setup.engines().get();
    try {
      LoadedTranslator loaded = LoadedTranslator.load(engine, directory, around);
      return new TranslationCandidate(setup, engine, loaded);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  @Override
  public Engine engine() {
    return engine;
  }

  @Override
  public int vocabulary() {
    return loaded.model().vocabulary();
  }

  @Override
  public Sample sample(String text) {
    int longest = loaded.model().contextLength();
    List<Integer> source =
        Arrays.stream(translator.languages().encode(text, from, to))
            .limit(longest)
            .boxed()
            .toList();
    List<Integer> written =
        new Translator(engine, loaded.model(), setup.cache())
            .translate(
                List.of(new Task(source, translator.languages().opening(to))),
                SearchOptions.of(1, LONGEST))
            .getFirst()
            .getFirst()
            .tokens();
    List<Integer> target = new ArrayList<>(List.of(loaded.model().marks().start()));
    target.addAll(written.subList(0, written.size() - 1)); // nothing comes after the last
    return new Sample(source, target);
  }

  @Override
  public Tensor logits(Sample sample) {
    int[] source = sample.source().stream().mapToInt(Integer::intValue).toArray();
    int[] target = sample.target().stream().mapToInt(Integer::intValue).toArray();
    Memory memory = loaded.model().encode(engine.of(source, 1, source.length), source.length);
    Pass pass = Pass.of(engine.of(target, 1, target.length));
    Tensor logits = loaded.model().forward(pass, memory, Want.ALL);
    return logits.reshape(target.length, vocabulary());
  }

  @Override
  public double decodePerSecond(int tokens) {
    return new TranslationBenchmark(engine, loaded.model(), setup.cache(), System::nanoTime)
        .run(new TranslationBenchmark.Settings(SOURCE, tokens, 1, 1, 1))
        .decodePerSecond();
  }

  List<String> translate(List<String> lines, int beams, int batch) throws IOException {
    SearchOptions usual = translator.defaults();
    var options =
        new SearchOptions(
            beams,
            usual.maxLength(),
            usual.lengthPenalty(),
            usual.noRepeatNgram(),
            usual.earlyStopping());
    return translator.translate(lines, new TextTranslator.Order(from, to, options, batch), _ -> {});
  }

  @Override
  public void close() {
    engine.close();
    translator.close();
  }
}
