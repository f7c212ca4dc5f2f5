package bessemer.inference.serving;

import bessemer.checkpoint.text.ChatTemplate;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LanguageModel;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Batch;
import bessemer.models.generation.Pieces;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A model in memory: engine, weights, tokenizer and what it has seen. The thread that opened it
/// generates and closes; tokenizer and sizes are for all threads.
public final class Speaker implements AutoCloseable {
  private final Engine engine;
  private final LoadedModel loaded;
  private final Tokenizer tokenizer;
  private final Batch batch;

  private Speaker(Engine engine, LoadedModel loaded, Tokenizer tokenizer, Batch batch) {
    this.engine = engine;
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.batch = batch;
  }

  /// @param cache a folder for the tokenizer's native library
  static Speaker open(
      Path directory, Supplier<Engine> engines, Path cache, Batch.Limits limits, LongSupplier nanos)
      throws IOException {
    Engine engine = engines.get();
    LoadedModel loaded = null;
    try {
      loaded = LoadedModel.load(engine, directory);
      var batch = new Batch(engine, loaded.model(), limits, nanos);
      return new Speaker(engine, loaded, Tokenizer.load(directory, cache), batch);
    } catch (Throwable e) {
      engine.close();
      if (loaded != null) {
        loaded.close();
      }
      throw e;
    }
  }

  /// The texts that this model generates now.
  Batch batch() {
    return batch;
  }

  /// Null for a model that only continues texts.
  public @Nullable ChatTemplate chatTemplate() {
    return tokenizer.chatTemplate();
  }

  /// @param special whether the tokenizer puts its own tokens around the text; a rendered
  ///   conversation has them already
  public int[] encode(String text, boolean special) {
    return tokenizer.encode(text, special);
  }

  Pieces pieces() {
    return Pieces.of(tokenizer.stream(true));
  }

  public Set<Integer> endTokens() {
    return tokenizer.endTokens();
  }

  public int contextLength() {
    return model().contextLength();
  }

  public int vocabulary() {
    return model().vocabulary();
  }

  /// What keys and values take while sequences have the positions that are kept.
  long cacheBytes(Batch.Limits limits) {
    return limits.positions() * loaded.cache().positionBytes(limits.cache());
  }

  private LanguageModel model() {
    return loaded.model();
  }

  @Override
  public void close() {
    batch.close();
    engine.close();
    loaded.close();
    tokenizer.close();
  }
}
