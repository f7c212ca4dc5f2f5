package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.inference.TinyModels;
import bessemer.inference.store.StoredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Translations of several clients at the same time.
@Timeout(120)
class InTurnTest {
  @TempDir static Path folder;
  private static Path letters;

  private LettersServed served;

  @BeforeAll
  static void convert() throws IOException {
    letters = TinyModels.translator(folder.resolve("letters"));
  }

  @BeforeEach
  void serve() {
    served = new LettersServed(letters, folder.resolve("cache"));
  }

  @AfterEach
  void close() throws InterruptedException {
    served.close();
  }

  @Test
  void aBurstOfOneClientDoesNotKeepAnotherWaiting() throws Exception {
    List<String> begun = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate();
    var burst = new Listener(one -> begun.add("burst " + one.text()));
    var other = new Listener(one -> begun.add("other " + one.text()));
    try (TranslatorLease lease = served.open(1, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("burst", Orders.order(lease, true, "a", "b", "c"), burst);
      lease.submit("other", Orders.order(lease, true, "d", "e"), other);
    }
    gate.open();
    burst.end();
    other.end();

    assertThat(begun).containsExactly("burst 0", "other 0", "burst 1", "other 1", "burst 2");
  }

  @Test
  void theLongestBeginUnlessTheOrderMatters() throws Exception {
    List<Integer> texts = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate();
    var listener = new Listener(one -> texts.add(one.text()));
    try (TranslatorLease lease = served.open(1, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("first", Orders.order(lease, false, "a", "a b c d", "a b"), listener);
    }
    gate.open();
    listener.end();

    assertThat(texts).containsExactly(1, 2, 0);
  }

  @Test
  void whatIsCancelledLeavesTheQueueAndTheOthersGoOn() throws Exception {
    var gate = new Gate();
    var cancelled = new Listener(_ -> {});
    var other = new Listener(_ -> {});
    Residents residents = served.open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      TranslationTicket ticket =
          lease.submit("second", Orders.order(lease, true, "a", "b", "c"), cancelled);
      lease.submit("third", Orders.order(lease, true, "a"), other);
      assertThat(residents.waiting("translator")).isEqualTo(4);

      lease.cancel(ticket);

      assertThat(residents.waiting("translator")).isEqualTo(1);
      assertThat(cancelled.end).isCompletedExceptionally();
    }
    gate.open();
    other.end();
    gate.listener.end();
  }

  @Test
  void aListenerThatFailsEndsItsOwnTranslationOnly() throws Exception {
    var gate = new Gate();
    var other = new Listener(_ -> {});
    var failing =
        new Listener(_ -> {
          throw new IllegalStateException("the listener fails");
        });
    try (TranslatorLease lease = served.open(8, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("second", Orders.order(lease, true, "a b", "c"), failing);
      lease.submit("third", Orders.order(lease, true, "a b", "c d e"), other);
    }
    gate.open();

    assertThatThrownBy(failing::end).hasCauseInstanceOf(ServingException.GenerationFailed.class);
    other.end();
  }

  @Test
  void takesAllSentencesOfAnOrderOrNone() throws Exception {
    var gate = new Gate();
    var listener = new Listener(_ -> {});
    String[] many = Collections.nCopies(600, "a").toArray(String[]::new);
    Residents residents = served.open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      List<TranslationTicket> waiting =
          List.of(lease.submit("second", Orders.order(lease, true, many), listener));

      assertThatThrownBy(
              () -> lease.submit("third", Orders.order(lease, true, many), new Listener(_ -> {})))
          .isInstanceOf(ServingException.QueueFull.class)
          .hasMessageContaining("600 sentences wait");
      assertThat(residents.waiting("translator")).isEqualTo(600);
      waiting.forEach(lease::cancel);
    }
    gate.open();
    gate.listener.end();
  }

  @Test
  void countsWhatItMayRememberAndGivesItsMemoryBack() throws Exception {
    StoredModel model = served.model();
    Residents residents = served.open(2, 1000);
    var listener = new Listener(_ -> {});
    try (TranslatorLease lease = residents.acquireTranslator(model)) {
      lease.submit("a", Orders.order(lease, true, "a"), listener);
      listener.end();
      assertThat(residents.cacheBytes()).isEqualTo(1000L * 2 * 2 * 32 * 4); // layers, width, floats
      assertThat(residents.bytes()).isEqualTo(model.bytes());
    }
    residents.close();

    assertThat(residents.bytes()).isZero();
  }

  @Test
  void closingRefusesWhatWaitsAndEndsWhatRuns() throws Exception {
    var gate = new Gate();
    var waiting = new Listener(_ -> {});
    Residents residents = served.open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a", "b"), gate.listener);
      gate.await();
      lease.submit("second", Orders.order(lease, true, "a"), waiting);
    }
    try (ExecutorService closer = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> closed =
          closer.submit(() -> {
            residents.close();
            return null;
          });
      assertThatThrownBy(waiting::end).hasCauseInstanceOf(ServingException.Stopping.class);
      gate.open();
      closed.get();
    }
    assertThatThrownBy(gate.listener::end).hasCauseInstanceOf(ServingException.Stopping.class);
  }

  @Test
  void aTranslatorIsNoModelForTextsAndTheOtherWayRound() throws Exception {
    Residents residents = served.open(1, 4096);
    StoredModel tiny = served.shelf.put("tiny", TinyModels.convert(folder.resolve("tiny")));

    assertThatThrownBy(() -> residents.acquire(served.model()))
        .isInstanceOf(ServingException.WrongKind.class)
        .hasMessageContaining("is a translator");
    assertThatThrownBy(() -> residents.acquireTranslator(tiny))
        .isInstanceOf(ServingException.WrongKind.class)
        .hasMessageContaining("does not translate");
  }
}
