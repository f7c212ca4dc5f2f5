package bessemer.models.translation;

import bessemer.models.LingoLite;
import bessemer.models.LingoLiteConfig.Preset;
import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Source;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// What the cache of keys and values saves: greedy translations by a LingoLite of random weights,
/// with it and without, in turns. Arguments: the size (default small), threads (2), tokens that are
/// read (20). Fails if both do not find the same.
public final class CacheBench {
  private static final int ROUNDS = 3;
  private static final int[] WRITTEN = {32, 64, 128}; // tokens of a translation

  private final TranslationModel model;
  private final Translator cached;
  private final Translator afresh;

  private CacheBench(Engine engine, Preset preset) {
    RandomGenerator random = new SplittableRandom(5);
    var source = new Source.Fresh(engine, random);
    model = source.build(params -> new LingoLite(preset.config(false), params));
    cached = new Translator(engine, model);
    afresh = Translator.withoutCache(engine, model, KvType.FP32);
  }

  public static void main(String[] args) {
    String name = args.length > 0 ? args[0] : "small";
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    int read = args.length > 2 ? Integer.parseInt(args[2]) : 20;
    try (Engine engine = Cpu.engine(threads)) {
      var bench = new CacheBench(engine, Preset.valueOf(name.toUpperCase(Locale.ROOT)));
      System.out.printf("%s, %s, %d tokens read%n", name, engine.describe(), read);
      System.out.printf("%7s %7s %12s %12s %7s%n", "texts", "tokens", "cached", "afresh", "ratio");
      for (int texts : new int[] {1, 8}) {
        for (int tokens : WRITTEN) {
          bench.compare(texts, tokens, read);
        }
      }
    }
  }

  /// The best of some rounds, in milliseconds; the first warms up and does not count.
  private void compare(int texts, int tokens, int read) {
    List<Task> tasks = tasks(texts, read);
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
    for (int round = 0; round <= ROUNDS; round++) {
      long begun = System.nanoTime();
      List<List<Hypothesis>> quick = cached.translate(tasks, SearchOptions.of(1, tokens));
      long between = System.nanoTime();
      List<List<Hypothesis>> slow = afresh.translate(tasks, SearchOptions.of(1, tokens));
      long end = System.nanoTime();
      if (!tokens(quick).equals(tokens(slow))) {
        throw new IllegalStateException("with and without a cache another text was found");
      }
      if (round > 0) {
        best[0] = Math.min(best[0], (between - begun) / 1e6);
        best[1] = Math.min(best[1], (end - between) / 1e6);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%7d %7d %9.1f ms %9.1f ms %7.2f%n",
        texts,
        tokens,
        best[0],
        best[1],
        best[1] / best[0]);
  }

  private List<Task> tasks(int texts, int read) {
    RandomGenerator random = new SplittableRandom(6);
    return IntStream.range(0, texts)
        .mapToObj(_ -> random.ints(read, 12, model.vocabulary()).toArray())
        .map(source -> new Task(Arrays.stream(source).boxed().toList(), List.of()))
        .toList();
  }

  private static List<List<Integer>> tokens(List<List<Hypothesis>> found) {
    return found.stream().map(row -> row.getFirst().tokens()).toList();
  }
}
