package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.models.generation.Generated.Finish;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Want;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/// Texts from one model, one after the other. What a prompt has in common with the text before is
/// not computed again, so a conversation pays for its new turns only. Belongs to the engine's
/// thread.
public final class Generation implements AutoCloseable {
  private static final int CHUNK = 512; // tokens of a prompt that run together
  private static final int GROWTH = 256; // positions by which the cache grows

  private final Engine engine;
  private final LanguageModel model;
  private final LongSupplier nanos;
  private final KvCache cache;
  private final int sequence;
  private final float[] logits;
  private final MemorySegment logitBytes;
  private int[] seen = new int[GROWTH]; // what the cache holds

  /// @param nanos the clock
  public Generation(Engine engine, LanguageModel model, LongSupplier nanos) {
    this.engine = engine;
    this.model = model;
    this.nanos = nanos;
    cache = new KvCache(engine, GROWTH);
    sequence = cache.start();
    logits = new float[model.vocabulary()];
    logitBytes = MemorySegment.ofArray(logits);
  }

  /// Generates a text; the listener gets it piece by piece.
  ///
  /// @param pieces a new stream of the model's tokenizer
  /// @throws IllegalArgumentException if the prompt leaves no position for a token, or has tokens
  ///   that the model does not have
  public Generated generate(Request request, Pieces pieces, TokenListener listener) {
    int[] prompt = checked(request.prompt());
    return new Run(request, prompt, new Output(request.stopStrings(), pieces, listener)).generate();
  }

  private int[] checked(List<Integer> prompt) {
    if (prompt.size() >= model.contextLength()) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, the model's context is %d: none is left for an answer"
              .formatted(prompt.size(), model.contextLength()));
    }
    int[] tokens = prompt.stream().mapToInt(Integer::intValue).toArray();
    for (int token : tokens) {
      if (token < 0 || token >= model.vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " is not one of the model's " + model.vocabulary());
      }
    }
    return tokens;
  }

  /// One text on its way.
  private final class Run {
    private final Request request;
    private final int[] prompt;
    private final int[] stops;
    private final Output output;
    private final Sampler sampler;
    private final int[] tokens;
    private final long[] marks; // when each token was known
    private int count;
    private int timed;

    Run(Request request, int[] prompt, Output output) {
      this.request = request;
      this.prompt = prompt;
      this.output = output;
      stops = request.stopTokens().stream().mapToInt(Integer::intValue).sorted().toArray();
      sampler = new Sampler(request.sampling(), model.vocabulary());
      for (int token : prompt) {
        sampler.see(token);
      }
      int room = Math.min(request.maxTokens(), model.contextLength() - prompt.length);
      tokens = new int[room];
      marks = new long[room + 1]; // a stop token is timed, too
    }

    Generated generate() {
      long start = nanos.getAsLong();
      int reused = reusable();
      cache.trim(sequence, reused);
      Finish finish = prefill(reused) ? decode() : Finish.CANCELLED;
      output.finish();
      List<Long> steps = new ArrayList<>();
      for (int i = 1; i < timed; i++) {
        steps.add(marks[i] - marks[i - 1]);
      }
      long first = (timed == 0 ? nanos.getAsLong() : marks[0]) - start;
      return new Generated(
          Arrays.stream(tokens, 0, count).boxed().toList(),
          output.text(),
          finish,
          new Timings(prompt.length, reused, first, steps));
    }

    /// How much of the prompt the cache holds. The last token is computed in any case, for its
    /// logits.
    private int reusable() {
      if (model.dependsOnLength()) {
        return 0;
      }
      int most = Math.min(cache.length(sequence), prompt.length - 1);
      int differs = Arrays.mismatch(seen, 0, most, prompt, 0, most);
      return differs < 0 ? most : differs;
    }

    /// Runs the prompt up to its last token; false if cancelled on the way.
    private boolean prefill(int reused) {
      int chunk = model.dependsOnLength() ? prompt.length : CHUNK;
      int from = reused;
      while (prompt.length - from > chunk) {
        if (output.cancelled()) {
          return false;
        }
        try (Scope _ = engine.scope()) {
          forward(Arrays.copyOfRange(prompt, from, from + chunk)).evaluate();
        }
        from += chunk;
      }
      if (output.cancelled()) {
        return false;
      }
      int[] rest = Arrays.copyOfRange(prompt, from, prompt.length);
      tokens[0] = next(rest);
      return true;
    }

    /// From the first token, which is known, to the end.
    private Finish decode() {
      int[] single = new int[1];
      int token = tokens[0];
      while (Arrays.binarySearch(stops, token) < 0) {
        tokens[count++] = token;
        sampler.see(token);
        if (output.add(token)) {
          return Finish.STOP;
        }
        if (count == tokens.length) {
          return Finish.LENGTH;
        }
        if (output.cancelled()) {
          return Finish.CANCELLED;
        }
        single[0] = token;
        token = next(single);
      }
      return Finish.STOP;
    }

    private int next(int[] some) {
      int token = choose(some);
      marks[timed++] = nanos.getAsLong();
      return token;
    }

    private int choose(int[] some) {
      try (Scope _ = engine.scope()) {
        Tensor last = forward(some);
        if (request.sampling().plainGreedy()) {
          return last.argMax().toInts()[0];
        }
        last.read(logitBytes);
      }
      return sampler.next(logits);
    }
  }

  /// Logits `[1, 1, V]` after these tokens, which from now on are seen.
  private Tensor forward(int[] some) {
    int from = cache.length(sequence);
    if (from + some.length > seen.length) {
      seen = Arrays.copyOf(seen, Math.max(2 * seen.length, from + some.length));
    }
    System.arraycopy(some, 0, seen, from, some.length);
    Tensor tokens = engine.of(some, 1, some.length);
    return model.forward(cache.pass(tokens, sequence), Want.LAST);
  }

  @Override
  public void close() {
    cache.close();
  }
}
