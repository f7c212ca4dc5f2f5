package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Texts from one model, one after the other: a batch of one. What a prompt has in common with a
/// text before is not computed again, so a conversation pays for its new turns only. Belongs to the
/// engine's thread.
public final class Generation implements AutoCloseable {
  private static final int POSITIONS = 8_192;

  private final Batch batch;

  /// @param cache the elements of keys and values
  /// @param nanos the clock
  public Generation(Engine engine, LanguageModel model, KvType cache, LongSupplier nanos) {
    batch = new Batch(engine, model, new Batch.Limits(1, POSITIONS, cache), nanos);
  }

  /// With keys and values as the model computes them.
  public Generation(Engine engine, LanguageModel model, LongSupplier nanos) {
    this(engine, model, KvType.FP32, nanos);
  }

  /// Generates a text; the listener gets it piece by piece.
  ///
  /// @param pieces a new stream of the model's tokenizer
  /// @throws IllegalArgumentException if the prompt leaves no position for a token, or has tokens
  ///   that the model does not have
  public Generated generate(Request request, Pieces pieces, TokenListener listener) {
    var end = new End(listener);
    batch.join(request, pieces, end);
    while (!batch.isEmpty()) {
      batch.step();
    }
    return end.text();
  }

  @Override
  public void close() {
    batch.close();
  }

  /// Waits for the text's end.
  private static final class End implements Follower {
    private final TokenListener listener;
    private @Nullable Generated text;
    private @Nullable Throwable failure;

    End(TokenListener listener) {
      this.listener = listener;
    }

    @Override
    public void text(String piece) {
      listener.text(piece);
    }

    @Override
    public void token(int token) {
      listener.token(token);
    }

    @Override
    public boolean cancelled() {
      return listener.cancelled();
    }

    @Override
    public void ended(Generated text) {
      this.text = text;
    }

    @Override
    public void failed(Throwable failure) {
      this.failure = failure;
    }

    Generated text() {
      if (text != null) {
        return text;
      }
      switch (failure) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case null, default -> throw new IllegalStateException("the text has no end", failure);
      }
    }
  }
}
