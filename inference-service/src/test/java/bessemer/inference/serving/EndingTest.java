package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bessemer.inference.TinyModels;
import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.models.generation.Generated;
import bessemer.tensor.cpu.Cpu;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Texts that are refused, cancelled or broken off.
@Timeout(120)
class EndingTest {
  private static final int QUEUE = 2;

  @TempDir static Path folder;
  private static Path tiny;

  private final Shelf shelf = new Shelf();
  private final Counting registry = new Counting();
  private StoredModel first;
  private Residents residents;

  /// Fails, once it is asked to, where a model's thread counts what it computed.
  private static final class Counting extends SimpleMeterRegistry {
    private volatile boolean broken;

    @Override
    protected Counter newCounter(Meter.Id id) {
      if (!id.getName().equals("bessemer.inference.computed.tokens")) {
        return super.newCounter(id);
      }
      return new CumulativeCounter(id) {
        @Override
        public void increment(double amount) {
          if (broken) {
            throw new IllegalStateException("nothing can be counted");
          }
          super.increment(amount);
        }
      };
    }
  }

  @BeforeAll
  static void convert() throws IOException {
    tiny = TinyModels.convert(folder.resolve("tiny"));
  }

  @BeforeEach
  void open() throws IOException {
    first = shelf.put("first", tiny);
    var batch = new Batch.Limits(2, 0);
    var limits =
        new Residents.Limits(
            1 << 30, QUEUE, Duration.ofSeconds(60), batch, folder.resolve("cache"));
    residents = new Residents(shelf, () -> Cpu.engine(1), limits, System::nanoTime, registry);
  }

  @AfterEach
  void close() throws InterruptedException {
    residents.close();
  }

  @Test
  void takesNoMoreThanTheQueueHolds() throws Exception {
    var gate = new CountDownLatch(1);
    var running = new Heard(gate);
    var waiting = List.of(new Heard(), new Heard());
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), running)));
      running.awaitFirst();
      lease.submit(
          waiting.stream().map(one -> new Lease.Order(Texts.request(false), one)).toList());

      assertThat(residents.waiting("first")).isEqualTo(QUEUE);
      assertThat(residents.busy()).isEqualTo(QUEUE + 1);
      assertThatThrownBy(
              () -> lease.submit(List.of(new Lease.Order(Texts.request(false), new Heard()))))
          .isInstanceOf(ServingException.QueueFull.class)
          .hasMessageContaining("2 requests wait");
    }
    gate.countDown();
    for (Heard one : waiting) {
      assertThat(one.end().text()).isEqualTo(TinyModels.ANSWER);
    }
  }

  @Test
  void endsACancelledTextBeforeItsNextToken() throws Exception {
    var heard = new Heard();
    List<Ticket> tickets = new ArrayList<>();
    var submitted = new CountDownLatch(1);
    heard.atPiece =
        () -> {
          try {
            submitted.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          tickets.getFirst().cancel();
        };
    try (Lease lease = residents.acquire(first)) {
      tickets.addAll(lease.submit(List.of(new Lease.Order(Texts.request(true), heard))));
      submitted.countDown();
    }

    Generated text = heard.end();
    assertThat(text.finish()).isEqualTo(Generated.Finish.CANCELLED);
    assertThat(text.tokens()).hasSize(1);
    assertThat(tickets.getFirst().generated()).isEqualTo(1);
  }

  @Test
  void aCancelledTextThatWaitsLeavesTheQueueAtOnce() throws Exception {
    var gate = new CountDownLatch(1);
    var running = new Heard(gate);
    var waiting = new Heard();
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), running)));
      running.awaitFirst();
      Ticket ticket =
          lease.submit(List.of(new Lease.Order(Texts.request(false), waiting))).getFirst();

      lease.cancel(ticket);

      assertThat(waiting.isOver()).isTrue();
      assertThat(residents.waiting("first")).isZero();
      assertThat(ticket.generated()).isZero();
    }
    gate.countDown();
    assertThat(running.end().text()).isEqualTo(TinyModels.ANSWER);
  }

  @Test
  void aListenerThatFailsEndsItsOwnTextOnly() throws Exception {
    var heard = new Heard();
    heard.atPiece =
        () -> {
          throw new IllegalStateException("the listener fails");
        };
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), heard)));
    }

    assertThatThrownBy(heard::end).hasCauseInstanceOf(ServingException.GenerationFailed.class);
    assertThat(Texts.ask(residents, first).text()).isEqualTo(TinyModels.ANSWER);
  }

  @Test
  void closingCancelsWhatRunsAndRefusesWhatWaits() throws Exception {
    var gate = new CountDownLatch(1);
    var running = new Heard(gate);
    var waiting = new Heard();
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(true), running)));
      running.awaitFirst();
      lease.submit(List.of(new Lease.Order(Texts.request(false), waiting)));
    }
    try (ExecutorService closer = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> closed =
          closer.submit(() -> {
            residents.close();
            return null;
          });
      assertThatThrownBy(waiting::end).hasCauseInstanceOf(ServingException.Stopping.class);
      gate.countDown();
      closed.get();
    }

    assertThat(running.end().finish()).isEqualTo(Generated.Finish.CANCELLED);
    assertThat(residents.bytes()).isZero();
    assertThatThrownBy(() -> residents.acquire(first))
        .isInstanceOf(ServingException.Stopping.class);
  }

  @Test
  void thoseWhoHearOfTheEndMayAskMeanwhile() throws Exception {
    var gate = new CountDownLatch(1);
    var running = new Heard(gate);
    var busy = new CompletableFuture<Integer>();
    var waiting =
        new TextListener() {
          @Override
          public void text(String piece) {}

          @Override
          public void ended(Generated generated) {}

          @Override
          public void failed(ServingException failure) {
            busy.completeAsync(residents::busy)
                .orTimeout(30, TimeUnit.SECONDS)
                .exceptionally(_ -> -1)
                .join();
          }
        };
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(true), running)));
      running.awaitFirst();
      lease.submit(List.of(new Lease.Order(Texts.request(false), new Heard())));
      lease.submit(List.of(new Lease.Order(Texts.request(false), waiting)));
    }
    try (ExecutorService closer = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> closed =
          closer.submit(() -> {
            residents.close();
            return null;
          });
      assertThat(busy.get(60, TimeUnit.SECONDS)).isNotNegative();
      gate.countDown();
      closed.get();
    }
  }

  @Test
  void afterAFailureBetweenStepsAllAreToldAndTheModelIsLoadedAnew() throws Exception {
    var gate = new CountDownLatch(1);
    var all = List.of(new Heard(gate), new Heard(), new Heard());
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(true), all.getFirst())));
      all.getFirst().awaitFirst();
      for (Heard one : all.subList(1, 3)) {
        lease.submit(List.of(new Lease.Order(Texts.request(true), one)));
      }
    }
    registry.broken = true;
    gate.countDown();
    for (Heard one : all) {
      assertThatThrownBy(one::end).hasCauseInstanceOf(ServingException.Stopping.class);
    }
    registry.broken = false;
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(residents.bytes()).isZero());

    assertThat(Texts.ask(residents, first).text()).isEqualTo(TinyModels.ANSWER);
    assertThat(shelf.loads).hasValue(2);
  }

  @Test
  void aClosedQueueIsNotAFullOne() {
    var queue = new TicketQueue<Ticket>(1);
    queue.close();

    assertThat(queue.offer(List.of())).isEqualTo(TicketQueue.Offer.CLOSED);
  }
}
