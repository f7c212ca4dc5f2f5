package bessemer.foundry.compare;

import bessemer.checkpoint.text.Language;
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

  TranslationCandidate(Setup setup, Engine engine, Path directory, UnaryOperator<Source> around)
      throws IOException {
    this.setup = setup;
    this.engine = engine;
    loaded = LoadedTranslator.load(engine, directory, around);
    translator = TextTranslator.of(engine, loaded, setup.natives(), setup.cache());
    try {
      from = language(setup.from(), "English");
      to = language(setup.to(), "French");
    } catch (Throwable e) {
      translator.close();
      throw e;
    }
  }

  private Language language(String asked, String usual) {
    return translator.languages().find(asked.isEmpty() ? usual : asked);
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
    int[] whole = translator.languages().encode(text, from, to, longest);
    List<Integer> source = Arrays.stream(whole).boxed().toList();
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
