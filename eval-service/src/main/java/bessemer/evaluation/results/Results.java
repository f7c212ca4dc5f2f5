package bessemer.evaluation.results;

import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.db.jobs.Jobs;
import bessemer.evaluation.EvaluationFolders;
import bessemer.foundry.evaluate.EvaluationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The evaluations that succeeded, with their files.
final class Results {
  private static final Logger LOG = LoggerFactory.getLogger(Results.class);
  private static final int SYSTEMS = 2;

  private final Jobs jobs;
  private final EvaluationFolders folders;

  Results(Jobs jobs, EvaluationFolders folders) {
    this.jobs = jobs;
    this.folders = folders;
  }

  /// Newest first.
  ///
  /// @param model null for those of all models
  List<JobView> list(@Nullable String model, int limit) {
    return jobs.evaluations(model, limit);
  }

  /// @throws NoSuchElementException if there is no such evaluation, or it has no such file
  Path file(UUID job, String name) {
    JobView view =
        jobs.find(job)
            .filter(found -> found.kind().equals(EvalSpec.KIND))
            .orElseThrow(() -> new NoSuchElementException("there is no evaluation " + job));
    String folder =
        folder(view)
            .orElseThrow(() ->
                new NoSuchElementException(
                    "evaluation %s has no report: it %s"
                        .formatted(job, view.state().name().toLowerCase(java.util.Locale.ROOT))));
    boolean known =
        Stream.concat(
                Stream.of(EvaluationFile.JSON, EvaluationFile.HTML),
                IntStream.range(0, SYSTEMS).mapToObj(EvaluationFile::hypotheses))
            .anyMatch(name::equals);
    Path file = folders.attempt(folder).resolve(known ? name : EvaluationFile.JSON);
    if (!known || !Files.isRegularFile(file)) {
      throw new NoSuchElementException("evaluation %s has no file '%s'".formatted(job, name));
    }
    return file;
  }

  private static Optional<String> folder(JobView job) {
    return job.state() == JobState.SUCCEEDED && job.result().get("directory") instanceof String name
        ? Optional.of(name)
        : Optional.empty();
  }

  /// Removes what crashes left: folders that no result names, of jobs that are over or unknown.
  void sweep() throws IOException {
    for (String name : folders.attempts()) {
      UUID id = EvaluationFolders.job(name);
      Optional<JobView> job = jobs.find(id);
      boolean over = job.isEmpty() || job.get().state().isFinal();
      if (over) {
        String kept = job.flatMap(Results::folder).orElse(null);
        if (!name.equals(kept)) {
          LOG.info("{} belongs to no evaluation and is removed", folders.attempt(name));
        }
        folders.removeAllBut(id, kept);
      }
    }
  }
}
