package bessemer.conversion.sources;

import static bessemer.conversion.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.conversion.TestService;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
  private static final int LARGE = 100_000;
  private static final AtomicLong SEED = new AtomicLong(100);

  @TempDir static Path temp;
  private static TestService service;

  private SourceFixture large;
  private SourceFixture small;
  private Path largeFile;
  private Path smallFile;

  @BeforeAll
  static void start() {
    service =
        TestService.start(
            temp.resolve("home"),
            Map.of("bessemer.local-paths", "true", "bessemer.sources.link-from", LARGE + "B"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @BeforeEach
  void twoFilesOfTheUser() throws Exception {
    large = SourceFixture.register(service, SEED.incrementAndGet(), LARGE);
    small = SourceFixture.register(service, SEED.incrementAndGet(), LARGE - 1);
    Path folder = Files.createTempDirectory(temp, "user");
    largeFile = Files.write(folder.resolve("large"), large.bytes());
    smallFile = Files.write(folder.resolve("small"), small.bytes());
  }

  @AfterEach
  void remove() {
    service.diskBytes.set(1L << 40);
    large.remove();
    small.remove();
  }

  private static HttpResponse<String> take(SourceFixture source, Object path) {
    return service.put(source.path(), new byte[0], LocalFiles.HEADER, path.toString());
  }

  private static Object inode(Path file) throws Exception {
    return Files.getAttribute(file, "unix:ino");
  }

  @Test
  void aLargeFileIsLinkedAndASmallOneCopied() throws Exception {
    service.diskBytes.set(LARGE); // a link needs no room, and the copy fits
    assertThat(take(large, largeFile).statusCode()).isEqualTo(201);
    assertThat(take(small, smallFile).statusCode()).isEqualTo(507); // 1 GB stays free
    service.diskBytes.set(2L << 30);
    assertThat(take(small, smallFile).statusCode()).isEqualTo(201);

    assertThat(inode(large.file())).isEqualTo(inode(largeFile));
    assertThat(inode(small.file())).isNotEqualTo(inode(smallFile));
    assertThat(small.file()).hasBinaryContent(small.bytes());
    assertThat(large.complete()).isTrue();
    assertThat(take(large, largeFile).statusCode()).isEqualTo(200);
    assertThat(service.bean(SourceStore.class).directory(large.id())).contains(large.directory());
  }

  @Test
  void removingTheSourceLeavesTheUsersFile() {
    take(large, largeFile);
    large.remove();

    assertThat(large.directory()).doesNotExist();
    assertThat(largeFile).hasBinaryContent(large.bytes());
  }

  @Test
  void aLinkedFileThatWasChangedInPlaceIsTakenOut() throws Exception {
    take(large, largeFile);
    byte[] changed = large.bytes().clone();
    changed[7] ^= 1;
    Files.write(largeFile, changed);
    Files.setLastModifiedTime(largeFile, FileTime.from(Instant.now().plusSeconds(5)));

    assertThat(service.bean(SourceStore.class).directory(large.id())).isEmpty();

    assertThat(large.complete()).isFalse();
    assertThat(largeFile).hasBinaryContent(changed);
    assertThat(take(large, largeFile).statusCode()).isEqualTo(422);
    assertThat(service.put(large.path(), large.bytes()).statusCode()).isEqualTo(201);
    assertThat(service.bean(SourceStore.class).directory(large.id())).isPresent();
    assertThat(largeFile).hasBinaryContent(changed); // the upload did not write through the link
  }

  @Test
  void aFileThatIsGoneIsMissedAndCanBeSentAgain() throws Exception {
    take(small, smallFile);
    Files.delete(small.file());

    assertThat(service.bean(SourceStore.class).directory(small.id())).isEmpty();
    assertThat(small.complete()).isFalse();
    assertThat(take(small, smallFile).statusCode()).isEqualTo(201);
    assertThat(service.bean(SourceStore.class).directory(small.id())).isPresent();
  }

  @Test
  void aLinkedFileThatWasOnlyTouchedStays() throws Exception {
    take(large, largeFile);
    Files.setLastModifiedTime(largeFile, FileTime.from(Instant.now().plusSeconds(5)));

    assertThat(service.bean(SourceStore.class).directory(large.id())).isPresent();
    assertThat(large.complete()).isTrue();
  }

  @Test
  void otherBytesThanDeclaredAreNotTaken() throws Exception {
    for (SourceFixture source : new SourceFixture[] {large, small}) {
      byte[] wrong = source.bytes().clone();
      wrong[0] ^= 1;
      Path file = Files.write(temp.resolve("wrong-" + source.id()), wrong);

      HttpResponse<String> answer = take(source, file);

      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(source.received()).isZero();
      try (var left = Files.list(source.directory())) {
        assertThat(left).isEmpty();
      }
      assertThat(file).hasBinaryContent(wrong);
    }
  }

  @Test
  void onlyRegularFilesOfTheDeclaredSizeAtAbsolutePathsAreTaken() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("folder-" + large.id()));
    for (Object bad :
        new Object[] {folder, "relative", "../up", "/dev/zero", temp.resolve("none"), smallFile}) {
      HttpResponse<String> answer = take(large, bad);

      assertThat(answer.statusCode()).as(bad.toString()).isEqualTo(400);
      assertThat(json(answer).path("field").asString()).isEqualTo(LocalFiles.HEADER);
    }
    assertThat(large.received()).isZero();
  }

  @Test
  void aLinkOfTheUserIsFollowedToItsFile() throws Exception {
    Path link = Files.createSymbolicLink(temp.resolve("blob-" + large.id()), largeFile);

    assertThat(take(large, link).statusCode()).isEqualTo(201);
    assertThat(Files.isSymbolicLink(large.file())).isFalse();
    assertThat(large.file()).hasBinaryContent(large.bytes());
  }

  @Test
  void whatACrashLeftOfALinkIsNeverWritten() throws Exception {
    Files.createDirectories(large.directory());
    Files.createLink(large.directory().resolve(".model.safetensors.take"), largeFile);
    byte[] mine = large.bytes().clone();

    service.put(large.path(), large.slice(0, 10), "Content-Range", large.range(0, 10));
    assertThat(take(large, largeFile).statusCode()).isEqualTo(201);

    assertThat(largeFile).hasBinaryContent(mine);
    assertThat(large.part()).doesNotExist();
    assertThat(large.directory().resolve(".model.safetensors.take")).doesNotExist();
  }
}
