package bessemer.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bessemer.inference.store.Catalogue;
import bessemer.inference.store.Gateway;
import bessemer.inference.store.StoredModel;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PulledModelsTest {
  private static final byte[] WEIGHTS = weights(3_000_000);
  private static final byte[] CONFIG = "{}".getBytes();

  @TempDir private Path home;
  private Path root;
  private RemoteGateway gateway;
  private HttpClient http;
  private PulledModels models;
  private final AtomicLong free = new AtomicLong(1L << 40);
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void aGatewayWithOneModel() throws IOException {
    root = home.resolve("cache/models");
    gateway = new RemoteGateway(home.resolve("gateway"), null);
    gateway.put("tiny", Map.of("config.json", CONFIG, "model.safetensors", WEIGHTS));
    http = HttpClient.newHttpClient();
    models = open();
  }

  @AfterEach
  void close() throws IOException {
    models.close();
    gateway.close();
    http.shutdownNow();
  }

  @Test
  void aModelIsPulledOnceAndLiesUnderItsVersion() throws Exception {
    StoredModel tiny = now("tiny");

    Path directory = models.directory(tiny);

    assertThat(directory).isEqualTo(root.resolve("tiny").resolve(tiny.version()));
    assertThat(directory.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(directory.resolve("config.json")).hasBinaryContent(CONFIG);
    assertThat(models.directory(tiny)).isEqualTo(directory);
    assertThat(gateway.requests).containsExactly("config.json all", "model.safetensors all");
    assertThat(everything()).allMatch(path -> !path.toString().contains(".part"));
  }

  @Test
  void aPullThatWasCutGoesOnWhereItWasCut() throws Exception {
    gateway.cuts.addAll(List.of(1_500_000, 700_000));

    Path directory = models.directory(now("tiny"));

    assertThat(directory.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(gateway.requests.getFirst()).isEqualTo("config.json all");
    assertThat(starts()).hasSize(3).startsWith(0).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aConnectionThatBreaksWithoutProgressIsGivenUpAndTheNextProcessGoesOn() throws Exception {
    StoredModel tiny = now("tiny");
    gateway.cuts.addAll(List.of(1_500_000, 0, 0, 0, 0, 0));
    assertThatThrownBy(() -> models.directory(tiny))
        .isInstanceOf(IOException.class)
        .hasMessageMatching("model.safetensors of model tiny broke off at byte \\d+ of 3000000.*");
    models.close();
    int before = starts().getLast();
    assertThat(before).isPositive();

    try (PulledModels next = open()) {
      assertThat(next.directory(tiny).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    }

    assertThat(starts().getLast()).isEqualTo(before);
    assertThat(gateway.requests).containsOnlyOnce("config.json all", "model.safetensors all");
  }

  @Test
  void aWrongChecksumIsRefusedAndNothingIsLeft() throws Exception {
    byte[] wrong = WEIGHTS.clone();
    wrong[1_500_000] ^= 1;
    gateway.damage("model.safetensors", wrong);

    assertThatThrownBy(() -> models.directory(now("tiny")))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("model.safetensors of model tiny: SHA-256 is ")
        .hasMessageContaining(RemoteGateway.sha256(WEIGHTS));

    assertThat(everything()).isEmpty();
  }

  @Test
  void moreBytesThanTheCatalogueSaysAreNotWritten() throws Exception {
    gateway.damage("model.safetensors", weights(4_000_000));

    assertThatThrownBy(() -> models.directory(now("tiny")))
        .hasMessageContaining("is longer than the 3000000 bytes that the catalogue says");

    assertThat(everything()).isEmpty();
  }

  @Test
  void aBeginningOfAnotherFileIsThrownAway() throws Exception {
    StoredModel tiny = now("tiny");
    Path part = Files.createDirectories(root.resolve("tiny").resolve(tiny.version() + ".part"));
    Files.write(part.resolve("model.safetensors.part"), new byte[500_000]);

    Path directory = models.directory(tiny);

    assertThat(directory.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(gateway.requests)
        .containsExactly(
            "config.json all", "model.safetensors bytes=500000-", "model.safetensors all");
  }

  @Test
  void aModelThatIsReplacedMeanwhileIsRefused() throws Exception {
    StoredModel old = now("tiny");
    gateway.put("tiny", Map.of("config.json", CONFIG, "model.safetensors", weights(1_000)));

    assertThatThrownBy(() -> models.directory(old))
        .hasMessageContaining("was replaced while it was pulled");
  }

  @Test
  void twoWhoAskAtOnceShareOnePull() throws Exception {
    StoredModel tiny = now("tiny");
    gateway.open = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Path>> both =
          Stream.of(1, 2).map(_ -> threads.submit(() -> models.directory(tiny))).toList();
      await().atMost(Duration.ofSeconds(20)).until(() -> !gateway.requests.isEmpty());
      gateway.open.countDown();

      assertThat(both.get(0).get()).isEqualTo(both.get(1).get());
    }
    assertThat(gateway.requests).containsExactly("config.json all", "model.safetensors all");
  }

  @Test
  void whoGivesUpDoesNotEndThePullOfAnother() throws Exception {
    StoredModel tiny = now("tiny");
    gateway.open = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Thread impatient = Thread.ofVirtual().start(() -> quietly(tiny));
      Future<Path> patient = threads.submit(() -> models.directory(tiny));
      await().atMost(Duration.ofSeconds(20)).until(() -> !gateway.requests.isEmpty());
      impatient.interrupt();
      impatient.join();
      gateway.open.countDown();

      assertThat(patient.get().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    }
  }

  @Test
  void anOldVersionGoesWhenItIsNotUsedAnyMore() throws Exception {
    StoredModel old = now("tiny");
    Path before = models.directory(old);
    gateway.put("tiny", Map.of("config.json", CONFIG));
    StoredModel renewed = now("tiny");

    Path after = models.directory(renewed);
    assertThat(before).exists();

    models.released(old);
    assertThat(before).doesNotExist();
    assertThat(after).exists();

    models.released(renewed); // the newest stays for the next time
    assertThat(after).exists();
  }

  @Test
  void copiesOfModelsThatAreGoneAreRemovedWithTheNextPull() throws Exception {
    gateway.put("other", Map.of("config.json", CONFIG));
    StoredModel other = now("other");
    Path gone = models.directory(other);
    models.released(other);
    gateway.remove("other");

    models.directory(now("tiny"));

    assertThat(gone).doesNotExist();
  }

  @Test
  void aDiskWithoutRoomIsToldBeforeAnythingIsPulled() {
    free.set(200L << 20);

    assertThatThrownBy(() -> models.directory(now("tiny")))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("model tiny needs 3 MB more in " + root)
        .hasMessageContaining("200 MB are free");

    assertThat(gateway.requests).isEmpty();
  }

  @Test
  void oneDirectoryHasOneWorker() {
    assertThatThrownBy(this::open)
        .hasMessageContaining("another worker keeps its models in " + root);
  }

  /// The byte at which each request for the weights began.
  private List<Integer> starts() {
    return gateway.requests.stream()
        .filter(request -> request.startsWith("model.safetensors "))
        .map(request ->
            request.endsWith(" all") ? 0 : Integer.valueOf(request.replaceAll("\\D", "")))
        .toList();
  }

  private PulledModels open() throws IOException {
    Path key = Files.writeString(home.resolve("worker.key"), RemoteGateway.KEY + "\n");
    Gateway client = new Gateway(gateway.address(), key, http);
    return new PulledModels(
        new Catalogue(client, nanos::get),
        new FilePull(client, http, Duration.ZERO),
        root,
        _ -> free.get());
  }

  private StoredModel now(String model) {
    nanos.addAndGet(Duration.ofSeconds(3).toNanos()); // the catalogue remembers for two
    return models.find(model).orElseThrow();
  }

  private void quietly(StoredModel model) {
    try {
      models.directory(model);
    } catch (IOException | InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Path> everything() throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).filter(f -> !f.endsWith(".lock")).toList();
    }
  }

  private static byte[] weights(int bytes) {
    byte[] random = new byte[bytes];
    new Random(7).nextBytes(random);
    return random;
  }
}
