package bessemer.foundry.compare;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.foundry.benchmark.Benchmark;
import bessemer.models.LoadedModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Want;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// A language model.
final class LanguageCandidate implements Candidate {
  private static final int LONGEST = 256; // tokens of a sample
  private static final int PROMPT = 32;

  private final Engine engine;
  private final LoadedModel loaded;
  private final Tokenizer tokenizer;
  private final KvType cache;

  LanguageCandidate(Setup setup, Engine engine, Path directory, UnaryOperator<Source> around)
      throws IOException {
    this.engine = engine;
    this.cache = setup.cache();
    loaded = LoadedModel.load(engine, directory, around);
    try {
      tokenizer = Tokenizer.load(directory, setup.natives());
    } catch (Throwable e) {
      loaded.close();
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
    int longest = Math.min(LONGEST, loaded.model().contextLength());
    List<Integer> tokens =
        Arrays.stream(tokenizer.encode(text, true)).limit(longest).boxed().toList();
    return new Sample(List.of(), tokens);
  }

  @Override
  public Tensor logits(Sample sample) {
    int[] tokens = sample.target().stream().mapToInt(Integer::intValue).toArray();
    Pass pass = Pass.of(engine.of(tokens, 1, tokens.length));
    return loaded.model().forward(pass, Want.ALL).reshape(tokens.length, vocabulary());
  }

  @Override
  public double decodePerSecond(int tokens) {
    return new Benchmark(engine, loaded.model(), cache, System::nanoTime)
        .run(new Benchmark.Settings(PROMPT, tokens, 1, 1))
        .decodePerSecond();
  }

  @Override
  public void close() {
    engine.close();
    tokenizer.close();
    loaded.close();
  }
}
