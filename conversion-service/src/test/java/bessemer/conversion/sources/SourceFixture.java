package bessemer.conversion.sources;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Artifact;
import bessemer.contracts.SourceRequest;
import bessemer.conversion.TestService;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// A source of one file of random bytes, registered with a service.
record SourceFixture(TestService service, UUID id, byte[] bytes) {
  static final String NAME = "model.safetensors";

  static SourceFixture register(TestService service, long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return new SourceFixture(service, register(service, artifact(NAME, bytes)), bytes);
  }

  static UUID register(TestService service, Artifact... files) {
    HttpResponse<String> answer =
        service.post("/api/v1/sources", new SourceRequest("tiny", List.of(files)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return UUID.fromString(TestService.json(answer).path("id").asString());
  }

  static Artifact artifact(String name, byte[] bytes) {
    try {
      byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new Artifact(name, bytes.length, HexFormat.of().formatHex(sha256));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  String source() {
    return "/api/v1/sources/" + id;
  }

  String path() {
    return source() + "/files/" + NAME;
  }

  String range(long from, long to) {
    return "bytes %d-%d/%d".formatted(from, to - 1, bytes.length);
  }

  byte[] slice(int from, int to) {
    return java.util.Arrays.copyOfRange(bytes, from, to);
  }

  Path directory() {
    return service.home.resolve("sources").resolve(id.toString());
  }

  Path file() {
    return directory().resolve(NAME);
  }

  Path part() {
    return directory().resolve("." + NAME + ".part");
  }

  boolean complete() {
    return TestService.json(service.get(source())).path("complete").asBoolean();
  }

  long received() {
    return TestService.json(service.get(path())).path("received").asLong();
  }

  /// Also when the service has not noticed yet that an upload broke off.
  void remove() {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (service.delete(source()).statusCode() == 409) {
      assertThat(System.nanoTime()).as("an upload still runs").isLessThan(deadline);
    }
  }

  /// Until so many bytes are on the disk.
  void await(long received) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (received() < received) {
      assertThat(System.nanoTime()).as("%d bytes came", received()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
