package bessemer.gateway.dashboard;

import bessemer.contracts.Artifact;
import bessemer.contracts.Scope;
import bessemer.contracts.SourceRequest;
import bessemer.contracts.WorkerBeat;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Published;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.db.workers.Workers;
import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An installation in which something of everything has happened.
final class Example {
  static final String SOURCE =
      "hf:Qwen/Qwen2.5-0.5B-Instruct@7ae557604adf67be50417f59c2c2f167def9a775";
  static final String SHA256 = "3baf6d57c06c9145de1de98cceb698adca510a108c32fa9d3965a010ee490389";

  final String admin;
  final StagedJob done;
  final StagedJob running;
  final StagedJob failed;
  private final Installation bessemer;

  Example(Installation bessemer) {
    this.bessemer = bessemer;
    this.admin = bessemer.key(Scope.ADMIN);
    bessemer.upstream.parity = resource("parity.json");
    this.done = done();
    this.failed =
        submit("broken")
            .claim("conversion-1")
            .step("inspect")
            .log("ERROR", "model.safetensors: offset 1204 lies beyond the end of the file")
            .fail("model.safetensors: the header says 988,097,824 bytes, the file has 412,000,000");
    this.running =
        submit("qwen-8bit")
            .claim("conversion-1")
            .step("inspect")
            .step("convert")
            .progress("convert", 120_000_000, 988_000_000)
            .progress("convert", 431_000_000, 988_000_000)
            .shard("model-00001-of-00002.safetensors", 278_000_000)
            .log("INFO", "169 tensors in 1 file, 988.1 MB");
    submit("llama-3.2-1b-instruct-mixed");
    publish();
    publishTranslator();
    corpus();
    beat(null);
  }

  /// A worker says that it is there.
  ///
  /// @param url where it answers; null for one that the gateway does not reach
  void beat(@Nullable String url) {
    bessemer
        .context
        .getBean(Workers.class)
        .beat(
            "mac-studio",
            null,
            new WorkerBeat(
                "inference",
                url,
                null,
                null,
                "0.1.0",
                List.of("cpu", "mlx"),
                List.of(new WorkerBeat.Loaded("qwen-4bit", "1", 278_000_000)),
                2,
                278_000_000,
                8_000_000_000L));
  }

  private StagedJob done() {
    StagedJob job = submit("qwen-4bit").claim("conversion-1").step("inspect").step("convert");
    job.log("INFO", "169 tensors in 1 file, 988.1 MB");
    for (int i = 1; i <= 20; i++) {
      job.progress("convert", 49_400_000L * i, 988_000_000);
    }
    return job.shard("model.safetensors", 278_000_000)
        .step("assemble")
        .step("verify")
        .log("WARN", "model.embed_tokens: tied with lm_head, written once")
        .succeed("qwen-4bit", "measured");
  }

  private void publish() {
    bessemer
        .context
        .getBean(Catalogue.class)
        .publish(
            new Published(
                "qwen-4bit",
                "qwen-4bit",
                "mlx",
                "qwen2",
                "4 bit, groups of 64",
                "measured",
                Map.of("source", SOURCE, "sourceSha256", Map.of("model.safetensors", SHA256)),
                List.of(
                    new Artifact("model.safetensors", 278_000_000, SHA256),
                    new Artifact("config.json", 812, SHA256)),
                done.id));
  }

  private void publishTranslator() {
    bessemer
        .context
        .getBean(Catalogue.class)
        .publish(
            new Published(
                "nllb-8bit",
                "nllb-8bit",
                "mlx",
                "m2m_100",
                "8 bit, groups of 64",
                "proved",
                Map.of("source", SOURCE),
                List.of(new Artifact("model.safetensors", 700_000_000, SHA256)),
                null));
  }

  /// Two files of texts, all of them here.
  private void corpus() {
    Sources sources = bessemer.context.getBean(Sources.class);
    var files =
        List.of(new Artifact("flores.eng", 1204, SHA256), new Artifact("flores.fra", 1310, SHA256));
    UUID id =
        sources.register(SourceKind.SOURCE, new SourceRequest("flores.eng", files)).source().id();
    files.forEach(file -> sources.mark(id, file.file(), true));
  }

  StagedJob submit(String name) {
    return StagedJob.submit(
        bessemer, admin, Map.of("source", SOURCE, "name", name, "bits", 4, "reference", "auto"));
  }

  /// Where each page is.
  Map<String, String> pages() {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("jobs", "/");
    pages.put("jobs-empty", "/?state=retrying");
    pages.put("job-running", "/jobs/" + running.id);
    pages.put("job-failed", "/jobs/" + failed.id);
    pages.put("job-done", "/jobs/" + done.id);
    pages.put("models", "/models");
    pages.put("model", "/models/qwen-4bit");
    pages.put("parity", "/models/qwen-4bit/parity");
    pages.put("model-translator", "/models/nllb-8bit");
    pages.put("translate", "/translate");
    pages.put("workers", "/workers");
    pages.put("keys", "/keys");
    pages.put("submit", "/submit");
    pages.put("evaluate", "/evaluate");
    return pages;
  }

  static String resource(String name) {
    try (var in = Objects.requireNonNull(Example.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
