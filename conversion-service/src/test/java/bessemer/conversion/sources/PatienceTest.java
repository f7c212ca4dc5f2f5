package bessemer.conversion.sources;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.conversion.RawUpload;
import bessemer.conversion.TestService;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatienceTest {
  private static final int SIZE = 1_000_000;

  @TempDir Path home;

  @Test
  void anUploadThatFallsSilentIsGivenUpAndKeepsWhatCame() throws Exception {
    try (var service = TestService.start(home, Map.of("bessemer.sources.silence", "300ms"))) {
      var source = SourceFixture.register(service, 1, SIZE);
      try (var upload = new RawUpload(service, source.path(), SIZE)) {
        upload.send(source.bytes(), 0, 100_000);

        assertThat(upload.answer()).startsWith("HTTP/1.1 408");
      }
      assertThat(source.received()).isEqualTo(100_000);
      HttpResponse<String> rest =
          service.put(
              source.path(),
              source.slice(100_000, SIZE),
              "Content-Range",
              source.range(100_000, SIZE));
      assertThat(rest.statusCode()).isEqualTo(201);
    }
  }

  @Test
  void theNextUploadWaitsForTheBrokenConnectionOfTheLast() throws Exception {
    try (var service = TestService.start(home, Map.of("bessemer.sources.turn", "60s"))) {
      var source = SourceFixture.register(service, 2, SIZE);
      CompletableFuture<HttpResponse<String>> second;
      try (var upload = new RawUpload(service, source.path(), SIZE)) {
        upload.send(source.bytes(), 0, 100_000);
        source.await(1);
        second = CompletableFuture.supplyAsync(() -> service.put(source.path(), source.bytes()));
      }

      assertThat(second.join().statusCode()).isEqualTo(201);
      assertThat(source.file()).hasBinaryContent(source.bytes());
    }
  }
}
