package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.RemoteJobs;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.cli.remote.Uploads;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobView;
import bessemer.contracts.ModelView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An evaluation as a job of the services: the corpus is registered and sent, then the job is
/// submitted and followed.
record RemoteEvaluation(Console console, Connection connection, CorpusOptions corpus) {
  private static final String SOME_ID = "00000000-0000-0000-0000-000000000000";

  /// @param spec makes it for the id of the corpus
  /// @param out a directory for the report and the translations
  Exit run(Function<String, EvalSpec> spec, boolean detach, @Nullable Path out, boolean json)
      throws IOException, InterruptedException {
    EvalSpec asked = spec.apply(SOME_ID); // wrong options are refused before anything is sent
    try (Gateway gateway = connection.open()) {
      for (String model : asked.models()) {
        requireTranslator(gateway, model);
      }
      JobView job = new RemoteJobs(gateway, Patience.real()).submit(spec.apply(upload(gateway)), 0);
      if (detach) {
        console.out().println(json ? Json.of(job) : job.id());
        return Exit.OK;
      }
      console.note("job %1$s (%2$s/jobs/%1$s)".formatted(job.id(), gateway.address()));
      return new JobWatch(console, gateway, json).follow(job.id(), out);
    }
  }

  /// The services refuse others as well; but then the corpus is sent and a job has failed.
  private static void requireTranslator(Gateway gateway, String model)
      throws IOException, InterruptedException {
    String path = "/api/v1/models/" + Gateway.segment(model); // 404 if there is none
    if (!ModelView.translates(gateway.json(path).path("architecture").asString(""))) {
      throw new CommandException(
          Exit.USAGE, model + " does not translate: evaluations are of translators");
    }
  }

  private String upload(Gateway gateway) throws IOException, InterruptedException {
    try (var progress = new ProgressLine(console, System::nanoTime);
        var _ =
            new LastWords(
                console, "stopped; what was uploaded is kept, the same command goes on with it")) {
      return new Uploads(gateway, Patience.real(), progress).corpus(corpus.files()).toString();
    }
  }
}
