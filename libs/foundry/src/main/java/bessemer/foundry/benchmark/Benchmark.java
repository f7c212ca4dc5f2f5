package bessemer.foundry.benchmark;

import bessemer.foundry.BadRequestException;
import bessemer.models.LanguageModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongSupplier;

/// Times prompts and decoding, greedy, on random tokens: every token is really computed and read
/// before the clock is. A run of its own warms up and is not counted.
public final class Benchmark {
  /// @param promptTokens length of each prompt
  /// @param tokens generated for each row, the first included
  /// @param batch rows decoded together
  /// @param runs counted runs
  public record Settings(int promptTokens, int tokens, int batch, int runs) {
    public Settings {
      if (promptTokens < 1 || tokens < 2 || batch < 1 || runs < 1) {
        throw new BadRequestException(
            "a benchmark needs at least 1 prompt token, 2 tokens, 1 row and 1 run, not %d, %d, %d, %d"
                .formatted(promptTokens, tokens, batch, runs));
      }
    }
  }

  /// @param firstToken from the start of the prompt to its first token, read
  /// @param token between one token and the next, all rows together
  /// @param prefillPerSecond prompt tokens of all rows over the time to the first token
  /// @param decodePerSecond tokens of all rows after the first over the time for them
  /// @param peakResidentBytes of the process so far, where the system tells
  public record Result(
      Settings settings,
      Percentiles firstToken,
      Percentiles token,
      double prefillPerSecond,
      double decodePerSecond,
      OptionalLong peakResidentBytes) {}

  private static final int SEED = 20_25;

  private final Engine engine;
  private final LanguageModel model;
  private final KvType cache;
  private final LongSupplier nanos;

  /// @param cache the elements of keys and values
  /// @param nanos the clock
  public Benchmark(Engine engine, LanguageModel model, KvType cache, LongSupplier nanos) {
    this.engine = engine;
    this.model = model;
    this.cache = cache;
    this.nanos = nanos;
  }

  /// With keys and values as the model computes them.
  public Benchmark(Engine engine, LanguageModel model, LongSupplier nanos) {
    this(engine, model, KvType.FP32, nanos);
  }

  public Result run(Settings settings) {
    long[] first = new long[settings.runs];
    long[] steps = new long[settings.runs * (settings.tokens - 1)];
    once(settings, new long[1], 0, new long[settings.tokens - 1], 0);
    for (int run = 0; run < settings.runs; run++) {
      once(settings, first, run, steps, run * (settings.tokens - 1));
    }
    double prompts = (double) settings.batch * settings.promptTokens * settings.runs;
    double decoded = (double) settings.batch * steps.length;
    return new Result(
        settings,
        Percentiles.ofNanos(first),
        Percentiles.ofNanos(steps),
        prompts / seconds(first),
        decoded / seconds(steps),
        Memory.peakResident());
  }

  private static double seconds(long[] nanos) {
    return Math.max(1, Arrays.stream(nanos).sum()) / 1e9;
  }

  private void once(Settings settings, long[] first, int run, long[] steps, int from) {
    try (KvCache cache = new KvCache(engine, 256, this.cache)) {
      int[] rows = new int[settings.batch];
      Arrays.setAll(rows, _ -> cache.start());
      int[] prompts = prompts(settings);
      long mark = nanos.getAsLong();
      int[] next = step(cache, rows, prompts, settings.promptTokens);
      long now = nanos.getAsLong();
      first[run] = now - mark;
      var decoding = new Decoding(engine, model, cache, rows, next);
      for (int token = 1; token < settings.tokens; token++) {
        mark = now;
        decoding.step(token + 1 < settings.tokens);
        now = nanos.getAsLong();
        steps[from + token - 1] = now - mark;
      }
      decoding.close();
    }
  }

  private int[] prompts(Settings settings) {
    var random = new Random(SEED);
    return random
        .ints((long) settings.batch * settings.promptTokens, 0, model.vocabulary())
        .toArray();
  }

  private int[] step(KvCache cache, int[] rows, int[] tokens, int length) {
    try (Scope _ = engine.scope()) {
      Pass pass = cache.pass(engine.of(tokens, rows.length, length), rows);
      Tensor logits = model.forward(pass, Want.LAST); // B1V
      return logits.argMax().toInts();
    }
  }
}
