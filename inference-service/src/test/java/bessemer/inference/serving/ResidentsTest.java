package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bessemer.contracts.WorkerBeat;
import bessemer.inference.TinyModels;
import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.models.generation.Generated;
import bessemer.tensor.cpu.Cpu;
import bessemer.tensor.nn.KvType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ResidentsTest {
  private static final int QUEUE = 2;

  @TempDir static Path folder;
  private static Path tiny;
  private static Path quantized;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Shelf shelf = new Shelf();
  private StoredModel first;
  private StoredModel second;
  private Residents residents;

  @BeforeAll
  static void convert() throws IOException {
    tiny = TinyModels.convert(folder.resolve("tiny"));
    quantized = TinyModels.quantize(folder.resolve("quantized"));
  }

  @BeforeEach
  void openForTwoModels() throws IOException {
    first = shelf.put("first", tiny);
    second = shelf.put("second", quantized);
    residents = residents(first.bytes() + second.bytes(), Duration.ofSeconds(60));
  }

  @AfterEach
  void close() throws InterruptedException {
    residents.close();
  }

  private Residents residents(long budget, Duration patience) {
    return residents(budget, patience, 0);
  }

  /// Residents whose models may keep so many positions.
  private Residents residents(long budget, Duration patience, int positions) {
    var batch = new Batch.Limits(2, positions, KvType.FP16);
    var limits = new Residents.Limits(budget, QUEUE, patience, batch, folder.resolve("cache"));
    return new Residents(shelf, () -> Cpu.engine(1), limits, System::nanoTime, registry);
  }

  private List<String> names() {
    return residents.loaded().stream().map(WorkerBeat.Loaded::name).toList();
  }

  private void awaitLoaded(String... names) {
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(names()).containsExactly(names));
  }

  @Test
  void answersFromMemoryOnceLoaded() throws Exception {
    assertThat(Texts.ask(residents, first).text()).isEqualTo(TinyModels.ANSWER);
    assertThat(Texts.ask(residents, first).text()).isEqualTo(TinyModels.ANSWER);

    assertThat(shelf.loads).hasValue(1);
    assertThat(residents.bytes()).isEqualTo(first.bytes());
  }

  @Test
  void whatAModelMayKeepOfKeysAndValuesCountsFromWhenItIsLoaded() throws Exception {
    residents.close();
    int positions = 1_000;
    long kept = positions * 2L * 6 * 2 * 32 * 2; // layers, heads, width, bytes of a half
    residents = residents(first.bytes() + second.bytes() + kept, Duration.ofSeconds(60), positions);
    Texts.ask(residents, first);
    awaitLoaded("first");
    assertThat(residents.cacheBytes()).isEqualTo(kept);

    residents.close();
    residents =
        residents(first.bytes() + second.bytes() + kept - 1, Duration.ofSeconds(60), positions);
    Texts.ask(residents, first);
    Texts.ask(residents, second);
    awaitLoaded("second");
    assertThat(residents.bytes()).isEqualTo(second.bytes());
  }

  @Test
  void loadsOnceForAllWhoAskAtTheSameTime() throws Exception {
    shelf.gate = new CountDownLatch(1);
    try (ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Generated>> answers = new ArrayList<>();
      for (int i = 0; i < QUEUE; i++) {
        answers.add(askers.submit(() -> Texts.ask(residents, first)));
      }
      shelf.gate.countDown();
      for (Future<Generated> answer : answers) {
        assertThat(answer.get().text()).isEqualTo(TinyModels.ANSWER);
      }
    }
    assertThat(shelf.loads).hasValue(1);
  }

  @Test
  void sendsAwayTheModelThatWasIdleForLongest() throws Exception {
    StoredModel third = shelf.put("third", quantized);
    Texts.ask(residents, first);
    Texts.ask(residents, second);
    Texts.ask(residents, first);

    Texts.ask(residents, third);

    assertThat(names()).containsExactly("first", "third");
    assertThat(residents.bytes()).isLessThanOrEqualTo(residents.budget());
    assertThat(shelf.released).hasValue(1);
  }

  @Test
  void neverSendsAwayAModelThatAnswers() throws Exception {
    residents.close();
    residents = residents(first.bytes(), Duration.ofMillis(200));
    var gate = new CountDownLatch(1);
    var heard = new Heard(gate);
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), heard)));
    }
    heard.awaitFirst();

    assertThatThrownBy(() -> residents.acquire(second))
        .isInstanceOf(ServingException.MemoryBusy.class)
        .hasMessageContaining("'second'");
    gate.countDown();

    assertThat(heard.end().text()).isEqualTo(TinyModels.ANSWER);
    Texts.ask(residents, second);
    assertThat(names()).containsExactly("second");
  }

  @Test
  void waitsForAModelThatAnswers() throws Exception {
    residents.close();
    residents = residents(first.bytes(), Duration.ofSeconds(60));
    var gate = new CountDownLatch(1);
    var heard = new Heard(gate);
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), heard)));
    }
    heard.awaitFirst();
    try (ExecutorService asker = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Generated> other = asker.submit(() -> Texts.ask(residents, second));
      gate.countDown();

      assertThat(other.get().text()).isNotEmpty();
      assertThat(heard.end().text()).isEqualTo(TinyModels.ANSWER);
    }
  }

  @Test
  void refusesAModelThatNeverFits() {
    StoredModel huge = shelf.put("huge", tiny, 1L << 40, "1");

    assertThatThrownBy(() -> residents.acquire(huge))
        .isInstanceOf(ServingException.TooLarge.class)
        .hasMessageContaining("1048576 MiB")
        .hasMessageContaining("BESSEMER_MEMORY_BUDGET");
    assertThat(shelf.loads).hasValue(0);
  }

  @Test
  void aFailedLoadIsTheErrorOfThoseWhoAskedAndLeavesNothing() throws Exception {
    Path broken = folder.resolve("broken");
    TinyModels.copy(tiny, broken);
    Files.write(broken.resolve("model.safetensors"), new byte[100]);
    StoredModel model = shelf.put("broken", broken);

    assertThatThrownBy(() -> Texts.ask(residents, model))
        .isInstanceOf(ServingException.LoadFailed.class)
        .hasMessageContaining("model.safetensors");
    assertThat(residents.bytes()).isZero();
    assertThat(names()).isEmpty();

    Files.copy(
        tiny.resolve("model.safetensors"),
        broken.resolve("model.safetensors"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(Texts.ask(residents, model).text()).isEqualTo(TinyModels.ANSWER);
  }

  @Test
  void aReplacedModelFinishesWhatItHasBegun() throws Exception {
    var gate = new CountDownLatch(1);
    var heard = new Heard(gate);
    try (Lease lease = residents.acquire(first)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), heard)));
    }
    heard.awaitFirst();
    StoredModel next = shelf.put("first", quantized, TinyModels.bytes(quantized), "2");

    Texts.ask(residents, next);
    assertThat(residents.loaded()).extracting(WorkerBeat.Loaded::version).containsExactly("2");
    assertThat(heard.isOver()).isFalse();
    gate.countDown();

    assertThat(heard.end().text()).isEqualTo(TinyModels.ANSWER);
    awaitLoaded("first");
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(residents.bytes()).isEqualTo(next.bytes()));
  }
}
