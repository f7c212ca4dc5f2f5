package bessemer.conversion.sources;

import static bessemer.conversion.TestService.json;
import static bessemer.conversion.TestService.received;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Artifact;
import bessemer.conversion.RawUpload;
import bessemer.conversion.TestService;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadTest {
  private static final int SIZE = 3_000_001;
  private static final AtomicLong SEED = new AtomicLong(1);

  @TempDir static Path home;
  private static TestService service;

  private final SourceFixture source =
      SourceFixture.register(service, SEED.incrementAndGet(), SIZE);

  @BeforeAll
  static void start() {
    service =
        TestService.start(
            home,
            Map.of(
                "bessemer.sources.turn", "0s",
                "bessemer.sources.keep-free", "0B",
                "bessemer.sources.silence", "30s"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void remove() {
    source.remove();
  }

  @Test
  void aFileThatCameWholeIsThereUnderItsName() throws Exception {
    double before =
        service.bean(MeterRegistry.class).get("bessemer.upload.bytes").counter().count();
    HttpResponse<String> answer = service.put(source.path(), source.bytes());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(received(answer)).isEqualTo(Integer.toString(SIZE));
    assertThat(json(answer).path("complete").asBoolean()).isTrue();
    assertThat(Files.readAllBytes(source.file())).isEqualTo(source.bytes());
    assertThat(source.part()).doesNotExist();
    assertThat(source.complete()).isTrue();
    assertThat(service.bean(SourceStore.class).directory(source.id())).contains(source.directory());
    assertThat(service.bean(MeterRegistry.class).get("bessemer.upload.bytes").counter().count())
        .isEqualTo(before + SIZE);
  }

  @Test
  void aSecondUploadOfACompleteFileChangesNothing() {
    service.put(source.path(), source.bytes());
    HttpResponse<String> again = service.put(source.path(), new byte[10]);

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  @Test
  void anUploadThatWasCutGoesOnWhereItWas() throws Exception {
    try (var upload = new RawUpload(service, source.path(), SIZE)) {
      upload.send(source.bytes(), 0, 1_000_000);
      source.await(1);
    }
    source.await(1_000_000);
    assertThat(source.complete()).isFalse();
    assertThat(service.bean(SourceStore.class).directory(source.id())).isEmpty();

    HttpResponse<String> rest = whenFree(source.slice(1_000_000, SIZE), 1_000_000);

    assertThat(rest.statusCode()).as(rest.body()).isEqualTo(201);
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  /// The service may not have seen yet that the first connection is gone.
  private HttpResponse<String> whenFree(byte[] body, long from) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    HttpResponse<String> answer;
    do {
      answer = service.put(source.path(), body, "Content-Range", source.range(from, SIZE));
    } while (answer.statusCode() == 409 && System.nanoTime() < deadline);
    return answer;
  }

  @Test
  void aFileMayComeInPieces() {
    HttpResponse<String> first =
        service.put(source.path(), source.slice(0, 7), "Content-Range", source.range(0, 7));
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(received(first)).isEqualTo("7");

    service.put(source.path(), source.slice(7, 1000), "Content-Range", source.range(7, 1000));
    HttpResponse<String> last =
        service.put(
            source.path(), source.slice(1000, SIZE), "Content-Range", source.range(1000, SIZE));

    assertThat(last.statusCode()).isEqualTo(201);
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  @Test
  void theWrongOffsetIsAnsweredWithTheRightOne() {
    service.put(source.path(), source.slice(0, 100), "Content-Range", source.range(0, 100));
    for (long wrong : new long[] {0, 99, 101}) {
      HttpResponse<String> answer =
          service.put(
              source.path(), source.slice(0, 50), "Content-Range", source.range(wrong, wrong + 50));

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
      assertThat(json(answer).path("received").asLong()).isEqualTo(100);
      assertThat(json(answer).path("request_id").asString()).isNotBlank();
      assertThat(received(answer)).isEqualTo("100");
    }
    assertThat(source.received()).isEqualTo(100);
  }

  @Test
  void withoutARangeAnUploadBeginsAgain() {
    service.put(source.path(), source.slice(0, 100), "Content-Range", source.range(0, 100));

    assertThat(service.put(source.path(), source.bytes()).statusCode()).isEqualTo(201);
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  @Test
  void aRangeThatMakesNoSenseIsRefused() {
    for (String bad :
        new String[] {
          "bytes 0-9/10", "bytes 5-4/" + SIZE, "lines 0-1/2", source.range(0, SIZE + 1)
        }) {
      HttpResponse<String> answer = service.put(source.path(), new byte[10], "Content-Range", bad);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(json(answer).path("field").asString()).isEqualTo("Content-Range");
    }
    assertThat(source.received()).isZero();
  }

  @Test
  void ofTwoUploadsAtOnceOneWins() throws Exception {
    try (var first = new RawUpload(service, source.path(), SIZE)) {
      first.send(source.bytes(), 0, 1_000_000);
      source.await(1);

      HttpResponse<String> second = service.put(source.path(), source.bytes());
      assertThat(second.statusCode()).isEqualTo(409);
      assertThat(second.headers().firstValue("Retry-After")).contains("1");
      assertThat(service.delete(source.source()).statusCode()).isEqualTo(409);

      first.send(source.bytes(), 1_000_000, SIZE);
      assertThat(first.answer()).startsWith("HTTP/1.1 201");
    }
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  @Test
  void manyUploadsAtOnceLeaveOneWholeFile() {
    var answers = new CompletableFuture<?>[8];
    for (int i = 0; i < answers.length; i++) {
      answers[i] =
          CompletableFuture.supplyAsync(
                  () -> service.put(source.path(), source.bytes()).statusCode())
              .thenAccept(status -> assertThat(status).isIn(200, 201, 409));
    }
    CompletableFuture.allOf(answers).join();

    assertThat(source.complete()).isTrue();
    assertThat(source.file()).hasBinaryContent(source.bytes());
  }

  @Test
  void otherBytesThanDeclaredAreRemoved() {
    byte[] wrong = source.bytes().clone();
    wrong[SIZE / 2] ^= 1;
    HttpResponse<String> answer = service.put(source.path(), wrong);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(json(answer).path("detail").asString()).contains("SHA-256");
    assertThat(source.part()).doesNotExist();
    assertThat(source.file()).doesNotExist();
    assertThat(source.received()).isZero();
    assertThat(service.put(source.path(), source.bytes()).statusCode()).isEqualTo(201);
  }

  @Test
  void otherBytesThatCameInPiecesAreRemovedToo() {
    byte[] wrong = source.slice(0, 100);
    wrong[0] ^= 1;
    service.put(source.path(), wrong, "Content-Range", source.range(0, 100));
    HttpResponse<String> answer =
        service.put(
            source.path(), source.slice(100, SIZE), "Content-Range", source.range(100, SIZE));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(source.received()).isZero();
  }

  @Test
  void moreThanDeclaredIsRefusedAndNotKept() {
    byte[] more = java.util.Arrays.copyOf(source.bytes(), SIZE + 1);
    assertThat(service.put(source.path(), more).statusCode()).isEqualTo(413);

    HttpResponse<String> chunked =
        service.put(
            source.path(),
            BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(more)));
    assertThat(chunked.statusCode()).isEqualTo(413);
    assertThat(source.received()).isZero();

    service.put(source.path(), source.slice(0, 10), "Content-Range", source.range(0, 10));
    HttpResponse<String> piece =
        service.put(
            source.path(),
            BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[1000])),
            "Content-Range",
            source.range(10, 20));
    assertThat(piece.statusCode()).isEqualTo(413);
    assertThat(source.received()).isEqualTo(10);
  }

  @Test
  void anEmptyFileIsAFile() {
    Artifact empty = SourceFixture.artifact("empty.txt", new byte[0]);
    Artifact other = SourceFixture.artifact("other" + SEED.incrementAndGet(), new byte[0]);
    UUID id = SourceFixture.register(service, empty, other);

    String path = "/api/v1/sources/%s/files/".formatted(id);
    assertThat(service.put(path + "empty.txt", new byte[0]).statusCode()).isEqualTo(201);
    assertThat(service.put(path + other.file(), new byte[0]).statusCode()).isEqualTo(201);
    assertThat(json(service.get("/api/v1/sources/" + id)).path("complete").asBoolean()).isTrue();
  }

  @Test
  void whatDoesNotFitOnTheDiskIsRefusedWithTheNumbers() throws Exception {
    var other = SourceFixture.register(service, SEED.incrementAndGet(), SIZE);
    try {
      service.diskBytes.set(SIZE - 1);
      HttpResponse<String> answer = service.put(source.path(), source.bytes());
      assertThat(answer.statusCode()).isEqualTo(507);
      assertThat(json(answer).path("detail").asString())
          .contains("needs " + SIZE + " bytes", (SIZE - 1) + " are free");

      service.diskBytes.set(
          2L * SIZE - 2); // enough for one and what the other still needs, less one
      service.put(source.path(), source.slice(0, 1), "Content-Range", source.range(0, 1));
      HttpResponse<String> second = service.put(other.path(), other.bytes());
      assertThat(second.statusCode()).as("%s", second.body()).isEqualTo(507);

      service.put(source.path(), source.bytes());
      assertThat(service.put(other.path(), other.bytes()).statusCode()).isEqualTo(201);
    } finally {
      service.diskBytes.set(1L << 40);
      other.remove();
    }
  }

  @Test
  void whatWasNotDeclaredIsNotFound() {
    assertThat(service.put(source.source() + "/files/other.bin", new byte[1]).statusCode())
        .isEqualTo(404);
    assertThat(
            service
                .put("/api/v1/sources/%s/files/x".formatted(UUID.randomUUID()), new byte[1])
                .statusCode())
        .isEqualTo(404);
    assertThat(
            service.put(source.path().replace("sources", "references"), new byte[1]).statusCode())
        .isEqualTo(404);
  }

  @Test
  void pathsOfThisMachineAreNotTakenUnlessTheSettingsSaySo() throws Exception {
    Path file = Files.write(home.resolve("mine-" + source.id()), source.bytes());
    HttpResponse<String> answer =
        service.put(source.path(), new byte[0], "X-Bessemer-Local-Path", file.toString());

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(source.received()).isZero();
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    for (String name :
        new String[] {
          "..%2f..%2fkeys%2ftoken.key",
          "%2e%2e",
          "%00",
          "a%00b",
          "%2fetc%2fpasswd",
          "..%5c..%5ckeys",
          "%5c%5chost%5cshare",
          ".%s.part".formatted(SourceFixture.NAME),
          "C:%5cx",
          "%252e%252e%252fx"
        }) {
      HttpResponse<String> answer =
          service.put(source.source() + "/files/" + name.replace("%s", ""), new byte[1]);
      assertThat(answer.statusCode()).as(name).isIn(400, 404);
      assertThat(service.get(source.source() + "/files/" + name).statusCode()).isIn(400, 404);
    }
    assertThat(source.directory()).doesNotExist();
  }
}
