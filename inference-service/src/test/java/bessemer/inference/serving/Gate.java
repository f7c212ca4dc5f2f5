package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Keeps the model's thread waiting at the first sentence.
final class Gate {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);
  final Listener listener;

  Gate() {
    this(_ -> {});
  }

  /// @param heard is told before
  Gate(Consumer<TranslationListener.Translated> heard) {
    listener =
        new Listener(one -> {
          heard.accept(one);
          reached.countDown();
          try {
            open.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  void await() throws InterruptedException {
    assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
  }

  void open() {
    open.countDown();
  }
}
