package bessemer.conversion.job;

import bessemer.contracts.ConvertSpec;
import bessemer.db.catalogue.Published;
import bessemer.db.work.JobKind;
import bessemer.db.work.Lease;
import bessemer.db.work.Shard;
import bessemer.db.work.Steps;
import bessemer.foundry.convert.CheckReport;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Ledger;
import bessemer.foundry.convert.Limits;
import bessemer.foundry.convert.Machine;
import bessemer.foundry.parity.Parity;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.tensor.backends.EngineChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.Job;

/// One attempt to turn a source into a model of the catalogue.
///
/// | step           | reads                     | writes                                        |
/// |----------------|---------------------------|-----------------------------------------------|
/// | fetch          | the hub                   | the cache                                     |
/// | plan           | the source's headers      | `inspection.json`, `plan.json`                |
/// | convert-shards | the source                | `model-*.safetensors`, a line of the manifest |
/// | assemble       | the plan, the shards      | index, config, tokenizer                      |
/// | check          | source and result         | `bessemer.json`: what was read                |
/// | verify         | result and reference      | `parity.json`, `parity.html`                  |
/// | settle         | the result                | the catalogue, in one transaction             |
///
/// After a crash the next attempt adopts the shards that the manifest names and goes on with the
/// first that is missing; the other steps are quick or read what is there.
final class ConversionJob {
  private final Lease lease;
  private final ConvertSpec spec;
  private final ConversionSettings settings;
  private final Machine machine;
  private final Inputs inputs;
  private final Results results;
  private final AttemptFolders folders;
  private final LeaseProgress progress;
  private final Path output;

  private Inputs.@Nullable Found source;
  private @Nullable Conversion conversion;
  private @Nullable Path model;
  private @Nullable CheckReport check;
  private @Nullable ParityReport report;

  ConversionJob(
      Lease lease,
      ConvertSpec spec,
      ConversionSettings settings,
      Machine machine,
      Inputs inputs,
      Results results) {
    this.lease = lease;
    this.spec = spec;
    this.settings = settings;
    this.machine = machine;
    this.inputs = inputs;
    this.results = results;
    this.folders = new AttemptFolders(settings.catalogue());
    this.progress = new LeaseProgress(lease);
    this.output = folders.output(lease.job(), lease.epoch());
  }

  JobKind.Attempt attempt(Steps steps) {
    Job job =
        steps.job(
            ConvertSpec.KIND,
            steps.once("fetch", this::fetch),
            steps.once("plan", this::plan),
            steps.each(
                "convert-shards", () -> conversion().pending(), s -> conversion().convert(s)),
            steps.once("assemble", () -> model = conversion().assemble()),
            steps.once("check", () -> check = conversion().check()),
            steps.once("verify", this::verify),
            steps.once("settle", this::settle));
    return new JobKind.Attempt() {
      @Override
      public Job job() {
        return job;
      }

      @Override
      public void close() throws IOException {
        if (conversion != null) {
          conversion.close();
        }
      }
    };
  }

  private void fetch() throws IOException, InterruptedException {
    results.requireFree(spec);
    progress.step("fetch");
    source = inputs.source(spec.source(), progress);
    inputs.check(spec.reference());
  }

  private void plan() throws IOException {
    Inputs.Found found = Objects.requireNonNull(source);
    var limits =
        new Limits(settings.shardBytes(), Limits.standard().tileElements(), settings.threads());
    var asked =
        new ConversionSpec(
            found.directory(),
            output,
            spec.name(),
            Precisions.of(spec),
            found.origin(),
            limits,
            false);
    conversion = Conversion.open(asked, machine.disk(), new ManifestRows(), progress);
  }

  private Conversion conversion() {
    return Objects.requireNonNull(conversion);
  }

  /// The manifest of the job: it takes a line only from the attempt that holds the claim.
  private final class ManifestRows implements Ledger {
    @Override
    public List<Finished> finished(String planSha256) {
      return lease.shards(planSha256).stream()
          .map(s -> folders.finished(s.path(), s.file(), s.bytes(), s.sha256()))
          .toList();
    }

    @Override
    public void record(String planSha256, Finished shard) {
      String attempt = AttemptFolders.name(lease.job(), lease.epoch());
      lease.add(planSha256, new Shard(shard.file(), attempt, shard.bytes(), shard.sha256()));
    }
  }

  private Path assembled() {
    return Objects.requireNonNull(model);
  }

  private void verify() throws Exception {
    progress.step("verify");
    Path pack = settings.catalogue().resolve("." + output.getFileName() + ".reference");
    Path directory = Objects.requireNonNull(source).directory();
    Reference reference = inputs.reference(spec.reference(), directory, pack, lease);
    var parity =
        new Parity(
            spec.name(),
            assembled(),
            reference,
            ParityReport.OutputCheck.of(Objects.requireNonNull(check)));
    report = parity.verify(EngineChoice.exact(settings.threads())::engine, _ -> lease.advance(0));
    ReportFile.write(report, assembled());
    lease.note("verdict: " + report.verdict());
  }

  private void settle() throws IOException {
    ParityReport verdict = Objects.requireNonNull(report);
    conversion().settle(verdict.verdict().state());
    Published published = results.describe(output, spec, lease.job());
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("model", spec.name());
    result.put("verdict", verdict.verdict().name().toLowerCase(java.util.Locale.ROOT));
    result.put("state", published.state());
    Set<String> replaced = new HashSet<>();
    lease.succeed(result, () -> results.publish(published, spec).ifPresent(replaced::add));
    folders.removeAllBut(lease.job(), output);
    for (String folder : replaced) {
      folders.remove(folder);
    }
  }
}
