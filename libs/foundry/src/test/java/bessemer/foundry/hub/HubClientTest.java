package bessemer.foundry.hub;

import static bessemer.foundry.hub.FakeHub.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.hub.HubException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClientTest {
  private static final String FILE = "/org/m/resolve/" + COMMIT + "/model.safetensors";
  private static final HubSource SOURCE = HubSource.parse("hf:org/m");

  @TempDir Path cache;
  private final FakeHub hub = new FakeHub();
  private final List<Duration> slept = new ArrayList<>();
  private final byte[] weights = new byte[200_000];

  @BeforeEach
  void aRepositoryWithOneLargeFileBehindARedirect() throws Exception {
    new Random(7).nextBytes(weights);
    hub.repository("[" + FakeHub.large("model.safetensors", weights) + "]");
    hub.on(FILE, FakeHub.status(302, "Location", hub.cdn("/blob?Signature=secret")));
    hub.on("/blob?Signature=secret", FakeHub.bytes(weights));
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void followsTheRedirectWithoutSendingTheTokenToTheOtherHost() throws Exception {
    Path directory = fetch();

    assertThat(directory.resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(hub.seen)
        .filteredOn(s -> s.server().equals("cdn"))
        .hasSize(1)
        .allSatisfy(s -> assertThat(s.authorization()).isEmpty());
    assertThat(hub.seen)
        .filteredOn(s -> s.server().equals("hub"))
        .hasSize(3)
        .allSatisfy(s -> assertThat(s.authorization()).isEqualTo("Bearer hf_secret"));
  }

  @Test
  void doesNotFetchACompleteFileAgain() throws Exception {
    fetch();
    hub.seen.clear();
    fetch();
    assertThat(hub.seen).noneMatch(s -> s.path().equals(FILE));
  }

  @Test
  void resumesAConnectionThatWasCut() throws Exception {
    hub.once("/blob?Signature=secret", FakeHub.cut(weights, 100_000));
    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(hub.seen.getLast().range()).matches("bytes=[1-9]\\d*-");
    assertThat(slept).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void replacesAWrongPartAndOneThatIsTooLong() throws Exception {
    for (int length : new int[] {5, 200_000, 300_000}) {
      Path file = cache.resolve("hub/org--m/" + COMMIT + "/model.safetensors");
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      Files.write(FileDownload.part(file), new byte[length]);
      assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    }
  }

  @Test
  void startsAnewWhenTheRangeIsRefused() throws Exception {
    Path file = cache.resolve("hub/org--m/" + COMMIT + "/model.safetensors");
    Files.createDirectories(file.getParent());
    Files.write(FileDownload.part(file), new byte[5]);
    hub.once("/blob?Signature=secret", FakeHub.status(416));
    assertThat(fetch().resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(hub.seen.getLast().range()).isEmpty();
  }

  @Test
  void waitsAsLongAsABusyHubAsks() throws Exception {
    hub.once(FILE, FakeHub.status(429, "Retry-After", "17"));
    hub.once(FILE, FakeHub.status(503));
    fetch();
    assertThat(slept).containsExactly(Duration.ofSeconds(17), Duration.ofSeconds(2));
  }

  @Test
  void givesUpAfterTheAllowedAttempts() {
    hub.on(FILE, FakeHub.status(500));
    fails(Kind.TOO_MANY_RETRIES, "failed 3 times");
    assertThat(slept).hasSize(2);
  }

  @Test
  void rejectsBytesWithAnotherDigestOrSizeAndKeepsNothing() throws Exception {
    byte[] other = weights.clone();
    other[9]++;
    hub.on("/blob?Signature=secret", FakeHub.bytes(other));
    fails(Kind.CORRUPT, "the hub lists");
    hub.on("/blob?Signature=secret", FakeHub.bytes(new byte[200_001]));
    fails(Kind.CORRUPT, "received 200001 bytes, the hub lists 200000");
    try (var left = Files.list(cache.resolve("hub/org--m/" + COMMIT))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void saysWhoMustActWhenTheHubRefuses() {
    String revision = "/api/models/org/m/revision/main";
    hub.on(revision, FakeHub.status(401, "X-Error-Code", "RepoNotFound"));
    fails(Kind.ACCESS_DENIED, "does not exist or is private");
    hub.on(revision, FakeHub.status(403, "X-Error-Code", "GatedRepo"));
    fails(Kind.ACCESS_DENIED, "Accept the licence");
    hub.on(revision, FakeHub.status(404, "X-Error-Code", "RepoNotFound"));
    fails(Kind.NOT_FOUND, "No such repository");
    hub.on(revision, FakeHub.status(404, "X-Error-Code", "RevisionNotFound"));
    fails(Kind.NOT_FOUND, "No such revision");
  }

  @Test
  void saysWhichFileIsMissing() {
    hub.on(FILE, FakeHub.status(404, "X-Error-Code", "EntryNotFound"));
    fails(Kind.NOT_FOUND, "model.safetensors: 404 EntryNotFound");
  }

  @Test
  void refusesHostsThatAreNotAllowedAndEndlessRedirects() {
    hub.on(FILE, FakeHub.status(302, "Location", "https://evil.example/x?sig=1"));
    fails(Kind.HOST_REFUSED, "https://evil.example/x:");
    hub.on(FILE, FakeHub.status(302, "Location", FILE));
    fails(Kind.BAD_ANSWER, "more than 5 redirects");
  }

  @Test
  void refusesFileNamesThatLeaveTheDirectory() throws Exception {
    for (String name : List.of("../a", "/etc/x", "a/../../b", "a\\\\b", "a\\u0000b", "a//b")) {
      hub.repository("[" + FakeHub.large(name, weights) + "]");
      fails(Kind.BAD_ANSWER, "unsafe file name");
    }
  }

  @Test
  void readsAllPagesOfAListing() throws Exception {
    String tree = "/api/models/org/m/tree/" + COMMIT + "?recursive=true";
    String one = FakeHub.large("a.safetensors", weights);
    String more = FakeHub.large("b.safetensors", weights);
    hub.on(tree + "&cursor=2", FakeHub.json("[" + more + "]"));
    hub.on(
        tree,
        e -> {
          e.getResponseHeaders()
              .set("Link", "<" + hub.endpoint() + tree + "&cursor=2>; rel=\"next\"");
          FakeHub.json("[" + one + "]").to(e);
        });
    assertThat(client().resolve(SOURCE).files())
        .extracting(HubFile::path)
        .containsExactly("a.safetensors", "b.safetensors");
  }

  @Test
  void asksForABranchWithASlashAsOneSegment() throws Exception {
    hub.on(
        "/api/models/org/m/revision/refs%2Fpr%2F1", FakeHub.json("{\"sha\":\"" + COMMIT + "\"}"));
    assertThat(client().resolve(HubSource.parse("hf:org/m@refs/pr/1")).commit()).isEqualTo(COMMIT);
  }

  @Test
  void refusesAListingThatIsTooLarge() {
    hub.on("/api/models/org/m/revision/main", FakeHub.bytes(new byte[(16 << 20) + 1]));
    fails(Kind.BAD_ANSWER, "bytes of JSON");
  }

  @Test
  void asksForRoomBeforeItDownloads() {
    var client = new HubClient(settings(false), cache, slept::add, _ -> 199_999);
    assertThatThrownBy(() -> client.fetch(SOURCE, Progress.NONE))
        .hasMessageContaining("needs 200000 more bytes");
  }

  @Test
  void tellsASecondDownloadOfTheSnapshotThatItIsBusy() throws Exception {
    List<Kind> kinds = new ArrayList<>();
    client()
        .fetch(
            SOURCE,
            (_, _) -> {
              try {
                fetch();
              } catch (HubException e) {
                kinds.add(e.kind());
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(kinds).isNotEmpty().containsOnly(Kind.BUSY);
  }

  @Test
  void usesTheCacheOfflineAndExplainsWhenThereIsNone() throws Exception {
    var offline = new HubClient(settings(true), cache, slept::add, _ -> Long.MAX_VALUE);
    assertThatThrownBy(() -> offline.fetch(SOURCE, Progress.NONE))
        .hasMessageContaining("bessemer convert ./folder");
    Path directory = fetch();
    assertThat(offline.fetch(SOURCE, Progress.NONE)).isEqualTo(directory);
  }

  private void fails(Kind kind, String message) {
    assertThatThrownBy(this::fetch)
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message)
        .hasMessageNotContainingAny("secret", "sig=");
  }

  private Path fetch() throws Exception {
    return client().fetch(SOURCE, Progress.NONE);
  }

  private HubClient client() {
    return new HubClient(settings(false), cache, slept::add, _ -> Long.MAX_VALUE);
  }

  private HubSettings settings(boolean offline) {
    return new HubSettings(
        hub.endpoint(), new HubToken("hf_secret"), Set.of("127.0.0.1"), offline, 3);
  }
}
