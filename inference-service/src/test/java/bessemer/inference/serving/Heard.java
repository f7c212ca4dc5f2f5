package bessemer.inference.serving;

import bessemer.models.generation.Generated;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A listener that can be waited for, and that can hold the model's thread at its first piece.
final class Heard implements TextListener {
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch gate;
  private final CompletableFuture<Generated> end = new CompletableFuture<>();
  volatile @Nullable Runnable atPiece;

  Heard() {
    this(new CountDownLatch(0));
  }

  /// @param gate passed by the first piece once it is open
  Heard(CountDownLatch gate) {
    this.gate = gate;
  }

  @Override
  public void text(String piece) {
    first.countDown();
    if (atPiece != null) {
      atPiece.run();
    }
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void ended(Generated generated) {
    end.complete(generated);
  }

  @Override
  public void failed(ServingException failure) {
    end.completeExceptionally(failure);
  }

  void awaitFirst() throws InterruptedException {
    if (!first.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("no piece came");
    }
  }

  Generated end() throws Exception {
    return end.get(60, TimeUnit.SECONDS);
  }

  boolean isOver() {
    return end.isDone();
  }
}
