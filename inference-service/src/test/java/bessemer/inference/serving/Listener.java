package bessemer.inference.serving;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Hears a translation, and can hold the model's thread at each sentence.
final class Listener implements TranslationListener {
  final CompletableFuture<Timing> end = new CompletableFuture<>();
  private final Consumer<Translated> heard;

  Listener(Consumer<Translated> heard) {
    this.heard = heard;
  }

  @Override
  public void sentence(Translated sentence) {
    heard.accept(sentence);
  }

  @Override
  public void ended(Timing timing) {
    end.complete(timing);
  }

  @Override
  public void failed(ServingException failure) {
    end.completeExceptionally(failure);
  }

  Timing end() throws Exception {
    return end.get(60, TimeUnit.SECONDS);
  }
}
