package bessemer.inference.serving;

import bessemer.checkpoint.text.ChatTemplate;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LanguageModel;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Generation;
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
  private final LongSupplier nanos;
  private Generation generation;

  private Speaker(Engine engine, LoadedModel loaded, Tokenizer tokenizer, LongSupplier nanos) {
    this.engine = engine;
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.nanos = nanos;
    this.generation = new Generation(engine, loaded.model(), nanos);
  }

  /// @param cache a folder for the tokenizer's native library
  static Speaker open(Path directory, Supplier<Engine> engines, Path cache, LongSupplier nanos)
      throws IOException {
    Engine engine = engines.get();
    LoadedModel loaded = null;
    try {
      loaded = LoadedModel.load(engine, directory);
      return new Speaker(engine, loaded, Tokenizer.load(directory, cache), nanos);
    } catch (Throwable e) {
      engine.close();
      if (loaded != null) {
        loaded.close();
      }
      throw e;
    }
  }

  Generation generation() {
    return generation;
  }

  /// Forgets everything: after a failure the cache may hold positions that were never computed.
  void startAfresh() {
    generation.close();
    generation = new Generation(engine, loaded.model(), nanos);
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

  private LanguageModel model() {
    return loaded.model();
  }

  @Override
  public void close() {
    generation.close();
    engine.close();
    loaded.close();
    tokenizer.close();
  }
}
