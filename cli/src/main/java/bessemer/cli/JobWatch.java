package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.GatewayException;
import bessemer.cli.remote.RemoteJobs;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobEvent;
import bessemer.contracts.JobView;
import bessemer.contracts.ModelView;
import bessemer.foundry.evaluate.Evaluation;
import bessemer.foundry.evaluate.EvaluationFile;
import bessemer.foundry.parity.ParityReport;
import bessemer.foundry.parity.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows a job to its end and says what came of it.
///
/// @param json print the report as JSON instead of a table
record JobWatch(Console console, Gateway gateway, boolean json) {

  Exit follow(UUID id) throws IOException, InterruptedException {
    return follow(id, null);
  }

  /// @param out where the files of an evaluation go
  Exit follow(UUID id, @Nullable Path out) throws IOException, InterruptedException {
    JobView job;
    try (var display = new JobDisplay(console)) {
      job = follow(id, display, display::away);
    }
    return switch (job.state()) {
      case SUCCEEDED -> job.kind().equals(EvalSpec.KIND) ? evaluated(job, out) : converted(job);
      case FAILED -> ended("job %s failed: %s".formatted(id, job.error()));
      case CANCELLED -> ended("job %s was cancelled; ./bessemer jobs retry %s".formatted(id, id));
      case QUEUED, RUNNING, RETRYING, CANCELLING ->
          throw new IllegalStateException("not at its end: " + job.state());
    };
  }

  /// Every event as a line of JSON.
  Exit print(UUID id) throws IOException, InterruptedException {
    JobView job = follow(id, event -> console.out().println(Json.line(event)), console::note);
    return switch (job.state()) {
      case SUCCEEDED -> rejected(job) ? Exit.GATE_FAILED : Exit.OK;
      case FAILED, CANCELLED, QUEUED, RUNNING, RETRYING, CANCELLING -> Exit.FAILED;
    };
  }

  private JobView follow(UUID id, Consumer<JobEvent> seen, Consumer<String> away)
      throws IOException, InterruptedException {
    try (var _ =
        new LastWords(
            console,
            "the job goes on: ./bessemer jobs watch %1$s, or ./bessemer jobs cancel %1$s"
                .formatted(id))) {
      return new RemoteJobs(gateway, Patience.real()).follow(id, seen, away);
    }
  }

  private Exit ended(String message) {
    console.error(message);
    return Exit.FAILED;
  }

  private Exit evaluated(JobView job, @Nullable Path out) throws IOException, InterruptedException {
    String path = "/api/v1/evaluations/" + job.id();
    byte[] bytes = gateway.bytes(path);
    Evaluation evaluation = EvaluationFile.parse(bytes, Path.of(path));
    if (out != null) {
      Files.createDirectories(out);
      for (String file : EvaluationFile.names(evaluation)) {
        Files.write(out.resolve(file), gateway.bytes(path + "/files/" + file));
      }
      console.note("report: " + out.resolve(EvaluationFile.HTML));
    }
    return new EvaluationResult(console, evaluation, List.of()).print(null, json);
  }

  private Exit converted(JobView job) throws IOException, InterruptedException {
    Object model = job.result().getOrDefault("model", job.spec().get("name"));
    String name = String.valueOf(model);
    Exit exit = rejected(job) ? Exit.GATE_FAILED : Exit.OK;
    try {
      byte[] bytes = gateway.bytes("/api/v1/models/%s/parity".formatted(Gateway.segment(name)));
      ParityReport report = ReportFile.parse(bytes, Path.of(name, ReportFile.JSON));
      new Reports(console).print(report, json);
      console.note("model: %s (%s)".formatted(name, use(name, report.model().architecture())));
    } catch (GatewayException e) {
      if (e.status() != 404) {
        throw e;
      }
      console.note("the model has no report any more: " + e.getMessage());
    }
    return exit;
  }

  /// How a model is asked.
  private static String use(String name, String architecture) {
    return ModelView.translates(architecture)
        ? "./bessemer translate %s --from LANGUAGE --to LANGUAGE TEXT".formatted(name)
        : "./bessemer generate %s --prompt TEXT".formatted(name);
  }

  /// By what the job recorded: the catalogue may hold a later model of that name.
  private static boolean rejected(JobView job) {
    String verdict = String.valueOf(job.result().get("verdict"));
    return verdict.equalsIgnoreCase("rejected") || verdict.equalsIgnoreCase("verifier_broken");
  }
}
