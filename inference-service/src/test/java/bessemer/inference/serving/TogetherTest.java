package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.TinyModels;
import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.models.generation.Generated;
import bessemer.tensor.cpu.Cpu;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Several texts of one model at the same time.
@Timeout(120)
class TogetherTest {
  private static final int QUEUE = 16;

  @TempDir static Path folder;
  private static Path tiny;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Shelf shelf = new Shelf();
  private @Nullable Residents opened;

  @BeforeAll
  static void convert() throws IOException {
    tiny = TinyModels.convert(folder.resolve("tiny"));
  }

  @AfterEach
  void close() throws InterruptedException {
    if (opened != null) {
      opened.close();
    }
  }

  private Residents open(int together) {
    var batch = new Batch.Limits(together, 4_096);
    var limits =
        new Residents.Limits(
            1 << 30, QUEUE, Duration.ofSeconds(60), batch, folder.resolve("cache"));
    var residents = new Residents(shelf, () -> Cpu.engine(1), limits, System::nanoTime, registry);
    opened = residents;
    return residents;
  }

  @Test
  void answersTogetherWhatItAnswersAlone() throws Exception {
    Residents residents = open(5);
    StoredModel model = shelf.put("quantized", TinyModels.quantize(folder.resolve("quantized")));
    String alone = Texts.ask(residents, model).text();
    var gate = new CountDownLatch(1);
    var all = new ArrayList<>(List.of(new Heard(gate)));
    try (Lease lease = residents.acquire(model)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), all.getFirst())));
      all.getFirst().awaitFirst();
      for (int i = 0; i < 8; i++) {
        all.add(new Heard());
        lease.submit(List.of(new Lease.Order(Texts.request(false), all.getLast())));
      }
      assertThat(residents.running("quantized")).isEqualTo(1);
      assertThat(residents.waiting("quantized")).isEqualTo(8);
    }
    gate.countDown();

    for (Heard one : all) {
      assertThat(one.end().text()).isEqualTo(alone);
    }
    assertThat(registry.get("bessemer.inference.batch").tag("model", "quantized").summary().max())
        .isEqualTo(5);
  }

  @Test
  void aBurstOfOneClientDoesNotKeepAnotherWaiting() throws Exception {
    Residents residents = open(1);
    StoredModel model = shelf.put("tiny", tiny);
    var gate = new CountDownLatch(1);
    var running = new Heard(gate);
    List<String> begun = Collections.synchronizedList(new ArrayList<>());
    List<Heard> waiting = new ArrayList<>();
    try (Lease lease = residents.acquire(model)) {
      lease.submit(List.of(new Lease.Order(Texts.request(false), running)));
      running.awaitFirst();
      for (String name : List.of("burst 1", "burst 2", "burst 3", "other 1", "other 2")) {
        var heard = new Heard();
        heard.atPiece =
            () -> {
              if (!begun.contains(name)) {
                begun.add(name);
              }
            };
        waiting.add(heard);
        lease.submit(name.substring(0, 5), List.of(new Lease.Order(Texts.request(false), heard)));
      }
    }
    gate.countDown();
    for (Heard one : waiting) {
      one.end();
    }

    assertThat(begun).containsExactly("burst 1", "other 1", "burst 2", "other 2", "burst 3");
  }

  @Test
  void aConversationPaysForItsNewTurnsOnly() throws Exception {
    Residents residents = open(2);
    StoredModel model = shelf.put("tiny", tiny);
    Generated once = Texts.ask(residents, model);
    Generated again = Texts.ask(residents, model);

    assertThat(once.timings().reusedTokens()).isZero();
    assertThat(again.timings().reusedTokens()).isEqualTo(10);
    assertThat(again.text()).isEqualTo(once.text());
  }

  @Test
  void oneOfSeveralTextsIsCancelledAndTheOthersGoOn() throws Exception {
    Residents residents = open(2);
    StoredModel model = shelf.put("tiny", tiny);
    var gate = new CountDownLatch(1);
    var cancelled = new Heard(gate);
    var other = new Heard();
    try (Lease lease = residents.acquire(model)) {
      Ticket ticket =
          lease.submit(List.of(new Lease.Order(Texts.request(true), cancelled))).getFirst();
      cancelled.awaitFirst();
      lease.submit(List.of(new Lease.Order(Texts.request(false), other)));
      lease.cancel(ticket);
    }
    gate.countDown();

    assertThat(cancelled.end().finish()).isEqualTo(Generated.Finish.CANCELLED);
    assertThat(other.end().text()).isEqualTo(TinyModels.ANSWER);
  }
}
