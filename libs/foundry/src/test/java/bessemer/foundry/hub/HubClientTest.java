package bessemer.foundry.hub;

import static bessemer.foundry.hub.FakeHub.COMMIT;
import static bessemer.foundry.hub.Scene.FILE;
import static bessemer.foundry.hub.Scene.SOURCE;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.foundry.hub.HubException.Kind;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClientTest {
  private static final String TREE = "/api/models/org/m/tree/" + COMMIT + "?recursive=true";

  @TempDir Path cache;
  private Scene scene;
  private FakeHub hub;
  private byte[] weights;

  @BeforeEach
  void aRepositoryWithOneLargeFileBehindARedirect() throws Exception {
    scene = new Scene(cache);
    hub = scene.hub;
    weights = scene.weights;
  }

  @AfterEach
  void stop() {
    scene.close();
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
  void readsAllPagesOfAListing() throws Exception {
    String one = FakeHub.large("a.safetensors", weights);
    String more = FakeHub.large("b.safetensors", weights);
    hub.on(TREE + "&cursor=2", FakeHub.json("[" + more + "]"));
    hub.on(
        TREE,
        e -> {
          e.getResponseHeaders()
              .set("Link", "<" + hub.endpoint() + TREE + "&cursor=2>; rel=\"next\"");
          FakeHub.json("[" + one + "]").to(e);
        });
    assertThat(scene.client().resolve(SOURCE).files())
        .extracting(HubFile::path)
        .containsExactly("a.safetensors", "b.safetensors");
  }

  @Test
  void asksForABranchWithASlashAsOneSegment() throws Exception {
    hub.on(
        "/api/models/org/m/revision/refs%2Fpr%2F1", FakeHub.json("{\"sha\":\"" + COMMIT + "\"}"));
    assertThat(scene.client().resolve(HubSource.parse("hf:org/m@refs/pr/1")).commit())
        .isEqualTo(COMMIT);
  }

  @Test
  void refusesAListingThatIsTooLarge() {
    hub.on("/api/models/org/m/revision/main", FakeHub.bytes(new byte[(16 << 20) + 1]));
    fails(Kind.BAD_ANSWER, "bytes of JSON");
  }

  @Test
  void refusesANextPageOnAnotherHost() {
    hub.on(
        TREE,
        e -> {
          e.getResponseHeaders().set("Link", "<" + hub.cdn("/more") + ">; rel=\"next\"");
          FakeHub.json("[]").to(e);
        });
    fails(Kind.HOST_REFUSED, "the next page is on another host");
    assertThat(hub.seen).noneMatch(s -> s.server().equals("cdn"));
  }

  @Test
  void refusesAListingThatNamesAFileTwice() throws Exception {
    String file = FakeHub.large("model.safetensors", weights);
    hub.repository("[" + file + "," + file + "]");
    fails(Kind.BAD_ANSWER, "lists a file twice");
  }

  /// The digests are what `git hash-object` prints for these contents.
  @Test
  void provesSmallFilesByTheDigestOfGit() throws Exception {
    String config = "/org/m/resolve/" + COMMIT + "/config.json";
    hub.repository(
        "[" + FakeHub.small("config.json", 3, "0967ef424bce6791893e9a57bb952f80fd536e93") + "]");
    hub.on(config, FakeHub.json("{}\n"));
    assertThat(fetch().resolve("config.json")).hasContent("{}\n");

    Files.delete(scene.directory.resolve("config.json"));
    hub.on(config, FakeHub.json("[]\n"));
    fails(Kind.CORRUPT, "the hub lists 0967ef424bce6791893e9a57bb952f80fd536e93");
  }

  @Test
  void takesAnEmptyFileWithoutAsking() throws Exception {
    hub.repository(
        "[" + FakeHub.small("merges.txt", 0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391") + "]");
    assertThat(fetch().resolve("merges.txt")).isEmptyFile();
  }

  @Test
  void saysHowToGoOnWithoutAConnection() throws Exception {
    scene.endpoint = URI.create("http://127.0.0.1:" + FakeHub.closedPort());
    fails(Kind.UNREACHABLE, "bessemer convert ./folder");
    assertThat(scene.slept).hasSize(2);
  }

  @Test
  void saysThatANameIsUnknown() {
    scene.endpoint = URI.create("https://hub.example");
    scene.resolver =
        _ -> {
          throw new UnknownHostException("hub.example");
        };
    fails(Kind.UNREACHABLE, "Check the network or HF_ENDPOINT");
  }

  @Test
  void usesTheCacheOfflineByBranchAndByCommit() throws Exception {
    Path directory = fetch();
    scene.offline = true;
    assertThat(fetch()).isEqualTo(directory);
    HubSource pinned = HubSource.parse("hf:org/m@" + COMMIT);
    assertThat(scene.client().fetch(pinned, scene.told)).isEqualTo(directory);
  }

  @Test
  void takesNoUnfinishedDownloadForTheCache() throws Exception {
    scene.part(5);
    Path reference = cache.resolve("hub/org--m/refs/main");
    Files.createDirectories(reference.getParent());
    scene.offline = true;
    fails(Kind.NOT_CACHED, "bessemer convert ./folder");
    for (String broken : new String[] {"", "..", COMMIT.substring(1)}) {
      Files.writeString(reference, broken);
      fails(Kind.NOT_CACHED, "HF_HUB_OFFLINE is set");
    }
  }

  private void fails(Kind kind, String message) {
    scene.fails(kind, message);
  }

  private Path fetch() throws Exception {
    return scene.fetch();
  }
}
