package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.inference.TinyModels;
import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Splitting;
import bessemer.models.translation.Task;
import bessemer.tensor.cpu.Cpu;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Translations of several clients at the same time.
@Timeout(120)
class InTurnTest {
  /// Is not done before many others are.
  private static final String LONG = "a b c d e f g h i j k l m n o p q r";

  @TempDir static Path folder;
  private static Path letters;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Shelf shelf = new Shelf();
  private @Nullable Residents opened;

  /// Hears a translation, and can hold the model's thread at each sentence.
  private static final class Listener implements TranslationListener {
    private final CompletableFuture<Timing> end = new CompletableFuture<>();
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

  /// Keeps the model's thread waiting at the first sentence.
  private static final class Gate {
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

  @BeforeAll
  static void convert() throws IOException {
    letters = TinyModels.translator(folder.resolve("letters"));
  }

  @AfterEach
  void close() throws InterruptedException {
    if (opened != null) {
      opened.close();
    }
  }

  private Residents open(int together, int positions) {
    var limits =
        new Residents.Limits(
            1 << 30,
            16,
            Duration.ofSeconds(60),
            new Batch.Limits(together, positions),
            folder.resolve("cache"));
    var residents = new Residents(shelf, () -> Cpu.engine(1), limits, System::nanoTime, registry);
    opened = residents;
    return residents;
  }

  private StoredModel model() throws IOException {
    return shelf.put("translator", letters);
  }

  private static TranslationOrder order(TranslatorLease lease, boolean inOrder, String... texts) {
    return order(lease, SearchOptions.of(1, 20), inOrder, texts);
  }

  private static TranslationOrder order(
      TranslatorLease lease, SearchOptions options, boolean inOrder, String... texts) {
    var from = lease.interpreter().languages().find("en");
    var to = lease.interpreter().languages().find("fr");
    List<List<Task>> tasks =
        Arrays.stream(texts)
            .map(text -> lease.interpreter().tasks(text, from, to, Splitting.LONG_TEXTS))
            .toList();
    return new TranslationOrder(tasks, options, inOrder);
  }

  @Test
  void aBurstOfOneClientDoesNotKeepAnotherWaiting() throws Exception {
    List<String> begun = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate();
    var burst = new Listener(one -> begun.add("burst " + one.text()));
    var other = new Listener(one -> begun.add("other " + one.text()));
    try (TranslatorLease lease = open(1, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("burst", order(lease, true, "a", "b", "c"), burst);
      lease.submit("other", order(lease, true, "d", "e"), other);
    }
    gate.open();
    burst.end();
    other.end();

    assertThat(begun).containsExactly("burst 0", "other 0", "burst 1", "other 1", "burst 2");
  }

  @Test
  void sentencesOfSeveralClientsRunTogetherWhereTheyAreSearchedTheSameWay() throws Exception {
    var gate = new Gate();
    List<Listener> all = new ArrayList<>();
    try (TranslatorLease lease = open(8, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      for (String client : List.of("one", "two")) {
        all.add(new Listener(_ -> {}));
        lease.submit(client, order(lease, true, "a b", "c"), all.getLast());
        all.add(new Listener(_ -> {}));
        lease.submit(
            client + "'s beams", order(lease, SearchOptions.of(2, 20), true, "a"), all.getLast());
      }
    }
    gate.open();
    for (Listener one : all) {
      one.end();
    }

    var batches = registry.get("bessemer.inference.batch").tag("model", "translator").summary();
    assertThat(batches.count()).isEqualTo(3); // the first, four without beams, two with
    assertThat(batches.max()).isEqualTo(4);
  }

  @Test
  void aSentenceThatComesJoinsThoseThatRun() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var newcomer = new Listener(one -> done.add("newcomer " + one.text()));
    try (TranslatorLease lease = open(2, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a", LONG), gate.listener);
      gate.await();
      lease.submit("newcomer", order(lease, true, "a", "b"), newcomer);
    }
    gate.open();
    newcomer.end();
    gate.listener.end();

    assertThat(done).containsExactly("first 0", "newcomer 0", "newcomer 1", "first 1");
  }

  @Test
  void whoIsSearchedInAnotherWayWaitsForThoseThatRunAlone() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var beams = new Listener(_ -> done.add("beams"));
    var late = new Listener(_ -> done.add("late"));
    try (TranslatorLease lease = open(2, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a", LONG), gate.listener);
      gate.await();
      lease.submit("beams", order(lease, SearchOptions.of(2, 20), true, "a"), beams);
      lease.submit("late", order(lease, true, "a"), late);
    }
    gate.open();
    late.end();

    assertThat(done).containsExactly("first 0", "first 1", "beams", "late");
  }

  @Test
  void whatARunHasReadCountsUntilItsEnd() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var newcomer = new Listener(_ -> done.add("newcomer"));
    // LONG and "a" have 20 and 3 tokens, and may write 20 each: the third would be the 66th
    try (TranslatorLease lease = open(2, 65).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a", LONG), gate.listener);
      gate.await();
      lease.submit("newcomer", order(lease, true, "a"), newcomer);
    }
    gate.open();
    newcomer.end();

    assertThat(done).containsExactly("first 0", "first 1", "newcomer");
  }

  @Test
  void noMoreRunTogetherThanThereIsMemoryFor() throws Exception {
    var gate = new Gate();
    var listener = new Listener(_ -> {});
    try (TranslatorLease lease = open(8, 50).acquireTranslator(model())) { // 20 and 3 for each
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("second", order(lease, true, "a", "b", "c", "d"), listener);
    }
    gate.open();
    listener.end();

    var batches = registry.get("bessemer.inference.batch").tag("model", "translator").summary();
    assertThat(batches.max()).isEqualTo(2);
  }

  @Test
  void theLongestBeginUnlessTheOrderMatters() throws Exception {
    List<Integer> texts = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate();
    var listener = new Listener(one -> texts.add(one.text()));
    try (TranslatorLease lease = open(1, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("first", order(lease, false, "a", "a b c d", "a b"), listener);
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
    Residents residents = open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      TranslationTicket ticket =
          lease.submit("second", order(lease, true, "a", "b", "c"), cancelled);
      lease.submit("third", order(lease, true, "a"), other);
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
    try (TranslatorLease lease = open(8, 4096).acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("second", order(lease, true, "a b", "c"), failing);
      lease.submit("third", order(lease, true, "a b", "c d e"), other);
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
    Residents residents = open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a"), gate.listener);
      gate.await();
      List<TranslationTicket> waiting =
          List.of(lease.submit("second", order(lease, true, many), listener));

      assertThatThrownBy(
              () -> lease.submit("third", order(lease, true, many), new Listener(_ -> {})))
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
    StoredModel model = model();
    Residents residents = open(2, 1000);
    var listener = new Listener(_ -> {});
    try (TranslatorLease lease = residents.acquireTranslator(model)) {
      lease.submit("a", order(lease, true, "a"), listener);
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
    Residents residents = open(1, 4096);
    try (TranslatorLease lease = residents.acquireTranslator(model())) {
      lease.submit("first", order(lease, true, "a", "b"), gate.listener);
      gate.await();
      lease.submit("second", order(lease, true, "a"), waiting);
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
    Residents residents = open(1, 4096);
    StoredModel tiny = shelf.put("tiny", TinyModels.convert(folder.resolve("tiny")));

    assertThatThrownBy(() -> residents.acquire(model()))
        .isInstanceOf(ServingException.WrongKind.class)
        .hasMessageContaining("is a translator");
    assertThatThrownBy(() -> residents.acquireTranslator(tiny))
        .isInstanceOf(ServingException.WrongKind.class)
        .hasMessageContaining("does not translate");
  }
}
