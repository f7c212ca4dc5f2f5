package bessemer.foundry.benchmark;

import bessemer.foundry.BadRequestException;
import bessemer.models.TranslationModel;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;
import bessemer.models.translation.Translator;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongSupplier;

/// Times a translator on random tokens: reading sources alone, and whole translations by the search
/// that users get, which no end cuts short. A run of each warms up and is not counted.
public final class TranslationBenchmark {
  /// @param sourceTokens of each source
  /// @param tokens written of each translation; its start and its language are given
  /// @param batch sources translated together
  /// @param beams of each source; 1 is greedy search
  /// @param runs counted runs
  public record Settings(int sourceTokens, int tokens, int batch, int beams, int runs) {
    public Settings {
      if (sourceTokens < 1 || tokens < 2 || batch < 1 || beams < 1 || runs < 1) {
        throw new BadRequestException(
            "a benchmark needs at least 1 source token, 2 tokens, 1 source, 1 beam and 1 run,"
                + " not %d, %d, %d, %d, %d".formatted(sourceTokens, tokens, batch, beams, runs));
      }
    }
  }

  /// @param encode reading all sources, up to the keys and values that decoding looks up
  /// @param firstToken from the start, with reading the sources, to the first token, chosen
  /// @param token between one token and the next, all sources and beams together
  /// @param decodePerSecond tokens of all translations after the first over the time for them, not
  ///   counting those of beams that lost
  /// @param sentencesPerSecond translations over the whole time
  /// @param peakResidentBytes of the process so far, where the system tells
  public record Result(
      Settings settings,
      Percentiles encode,
      Percentiles firstToken,
      Percentiles token,
      double decodePerSecond,
      double sentencesPerSecond,
      OptionalLong peakResidentBytes) {}

  private static final int SEED = 20_25;
  private static final int NO_END = -1;

  private final Engine engine;
  private final TranslationModel model;
  private final KvType cache;
  private final LongSupplier nanos;

  /// @param cache the elements of keys and values
  /// @param nanos the clock
  public TranslationBenchmark(
      Engine engine, TranslationModel model, KvType cache, LongSupplier nanos) {
    this.engine = engine;
    this.model = model;
    this.cache = cache;
    this.nanos = nanos;
  }

  public Result run(Settings settings) {
    List<Task> tasks = tasks(settings);
    long[] encode = new long[settings.runs];
    long[] first = new long[settings.runs];
    long[] whole = new long[settings.runs];
    List<Long> steps = new ArrayList<>();
    encode(tasks);
    translate(settings, tasks);
    for (int run = 0; run < settings.runs; run++) {
      encode[run] = encode(tasks);
      long[] marks = translate(settings, tasks);
      first[run] = marks[1] - marks[0];
      whole[run] = marks[marks.length - 1] - marks[0];
      for (int i = 2; i < marks.length; i++) {
        steps.add(marks[i] - marks[i - 1]);
      }
    }
    long[] each = steps.stream().mapToLong(Long::longValue).toArray();
    return new Result(
        settings,
        Percentiles.ofNanos(encode),
        Percentiles.ofNanos(first),
        Percentiles.ofNanos(each),
        (double) settings.batch * each.length / seconds(each),
        (double) settings.batch * settings.runs / seconds(whole),
        bessemer.foundry.benchmark.Memory.peakResident());
  }

  private static double seconds(long[] nanos) {
    return Math.max(1, Arrays.stream(nanos).sum()) / 1e9;
  }

  private List<Task> tasks(Settings settings) {
    var random = new Random(SEED);
    List<Task> tasks = new ArrayList<>();
    for (int row = 0; row < settings.batch; row++) {
      int[] source = random.ints(settings.sourceTokens, 0, model.vocabulary()).toArray();
      int language = random.nextInt(model.vocabulary());
      tasks.add(new Task(Arrays.stream(source).boxed().toList(), List.of(language)));
    }
    return tasks;
  }

  private long encode(List<Task> tasks) {
    int length = tasks.getFirst().source().size();
    int[] tokens =
        tasks.stream().flatMap(task -> task.source().stream()).mapToInt(token -> token).toArray();
    int[] lengths = new int[tasks.size()];
    Arrays.fill(lengths, length);
    try (Scope _ = engine.scope()) {
      long begun = nanos.getAsLong();
      model.encode(engine.of(tokens, lengths.length, length), lengths).evaluate();
      return nanos.getAsLong() - begun;
    }
  }

  /// The times of the start and of every token, chosen.
  private long[] translate(Settings settings, List<Task> tasks) {
    var watched = new Watched();
    int given = 1 + tasks.getFirst().opening().size();
    var options = SearchOptions.of(settings.beams, given + settings.tokens);
    long begun = nanos.getAsLong();
    new Translator(engine, watched, cache).translate(tasks, options);
    watched.marks.set(0, begun);
    watched.marks.add(nanos.getAsLong());
    return watched.marks.stream().mapToLong(Long::longValue).toArray();
  }

  /// The model without an end. When the decoder is asked, the tokens before were chosen.
  private final class Watched implements TranslationModel {
    private final List<Long> marks = new ArrayList<>();

    @Override
    public Memory encode(Tensor tokens, int... lengths) {
      return model.encode(tokens, lengths);
    }

    @Override
    public Tensor states(Pass pass, Memory memory) {
      marks.add(nanos.getAsLong());
      return model.states(pass, memory);
    }

    @Override
    public Tensor logits(Tensor states) {
      return model.logits(states);
    }

    @Override
    public int vocabulary() {
      return model.vocabulary();
    }

    @Override
    public int contextLength() {
      return model.contextLength();
    }

    @Override
    public Marks marks() {
      return new Marks(model.marks().padding(), model.marks().start(), NO_END);
    }

    @Override
    public BeamRules beamRules() {
      return model.beamRules();
    }
  }
}
