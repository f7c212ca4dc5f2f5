package bessemer.inference.join;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.WorkerBeat;
import bessemer.inference.Main;
import bessemer.inference.TinyModels;
import bessemer.inference.pull.RemoteGateway;
import bessemer.service.tls.OwnCertificate;
import bessemer.service.tls.PinnedTrust;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/// The real service with a home of its own, and a gateway that it knows by its certificate alone.
class JoinedWorkerTest {
  @TempDir private Path directory;

  @Test
  void aWorkerJoinsOverHttpsPullsAModelAndAnswersWhatTheGatewaySigned() throws Exception {
    Path home = directory.resolve("home");
    OwnCertificate certificate = OwnCertificate.loadOrCreate(directory.resolve("far"), "gateway");
    try (RemoteGateway gateway = new RemoteGateway(directory.resolve("far"), certificate)) {
      Path converted = TinyModels.convert(directory.resolve("tiny"));
      gateway.putDirectory("tiny", converted);
      try (ConfigurableApplicationContext _ = start(home, gateway, certificate)) {
        WorkerBeat beat = Objects.requireNonNull(gateway.beats.poll(30, TimeUnit.SECONDS));
        gateway.beats.poll(30, TimeUnit.SECONDS); // after the answer to the first
        assertThat(beat.url()).startsWith("https://127.0.0.1:");
        assertThat(home.resolve("joined/token.pub")).exists();

        String fingerprint = Objects.requireNonNull(beat.fingerprint());
        try (HttpClient client =
            HttpClient.newBuilder().sslContext(PinnedTrust.context(fingerprint)).build()) {
          HttpResponse<String> answer = client.send(chat(beat, gateway.signature()), text());
          assertThat(answer.body()).contains(TinyModels.ANSWER);
          assertThat(client.send(chat(beat, "nonsense"), text()).statusCode()).isEqualTo(401);
          HttpResponse<String> metrics =
              client.send(to(beat, "/metrics", gateway.signature()).build(), text());
          assertThat(metrics.body()).contains("bessemer_inference_tokens_total");
          assertThat(client.send(to(beat, "/metrics", "no").build(), text()).statusCode())
              .isEqualTo(401);
        }
        assertSameFiles(converted, home.resolve("cache/models/tiny"));
      }
    }
  }

  private static void assertSameFiles(Path original, Path versions) throws Exception {
    try (var all = Files.list(versions);
        var files = Files.list(original)) {
      Path copy = all.toList().getFirst();
      for (Path file : files.toList()) {
        assertThat(copy.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
  }

  private static ConfigurableApplicationContext start(
      Path home, RemoteGateway gateway, OwnCertificate certificate) throws Exception {
    Path key = Files.createDirectories(home).resolve("worker.key");
    Files.writeString(key, RemoteGateway.KEY);
    return new SpringApplicationBuilder(Main.class)
        .run(
            "--server.port=0",
            "--management.server.port=0",
            "--logging.structured.format.console=",
            "--logging.level.root=warn",
            "--bessemer.threads=2",
            "--bessemer.home=" + home,
            "--bessemer.keys=" + home.resolve("joined"),
            "--bessemer.tls=on",
            "--bessemer.gateway-url=" + gateway.address(),
            "--bessemer.join.models=pulled",
            "--bessemer.join.fingerprint=" + certificate.fingerprint());
  }

  private static HttpRequest chat(WorkerBeat beat, String signature) {
    return to(beat, "/v1/chat/completions", signature)
        .POST(
            BodyPublishers.ofString(
                """
                {"model": "tiny", "temperature": 0,
                 "messages": [{"role": "user", "content": "%s"}]}
                """
                    .formatted(TinyModels.QUESTION)))
        .build();
  }

  private static HttpRequest.Builder to(WorkerBeat beat, String path, String signature) {
    return HttpRequest.newBuilder(URI.create(beat.url() + path))
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer " + signature);
  }

  private static HttpResponse.BodyHandler<String> text() {
    return BodyHandlers.ofString();
  }
}
