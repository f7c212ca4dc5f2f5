package bessemer.evaluation.job;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobSpec;
import bessemer.db.work.JobKind;
import bessemer.db.work.Lease;
import bessemer.db.work.Steps;
import bessemer.evaluation.EvaluationFolders;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.convert.Machine;
import bessemer.tensor.backends.NoBackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Runs jobs of the kind `eval`: when they may begin, what their failures mean, what they leave.
final class EvaluationKind implements JobKind {
  private final EvaluationSettings settings;
  private final Machine machine;
  private final Corpora corpora;
  private final Contestants contestants;
  private final EvaluationFolders folders;

  EvaluationKind(
      EvaluationSettings settings, Machine machine, Corpora corpora, Contestants contestants) {
    this.settings = settings;
    this.machine = machine;
    this.corpora = corpora;
    this.contestants = contestants;
    this.folders = EvaluationFolders.in(settings.home());
  }

  @Override
  public String kind() {
    return EvalSpec.KIND;
  }

  private static EvalSpec spec(JobSpec spec) {
    return switch (spec) {
      case EvalSpec evaluation -> evaluation;
      case ConvertSpec _ -> throw new IllegalArgumentException("no evaluation: " + spec.kind());
    };
  }

  /// One model at a time is in memory.
  @Override
  public @Nullable String obstacle(JobSpec spec) {
    try {
      Files.createDirectories(folders.root());
      long needed = settings.memoryBytes();
      needed += needed == 0 ? 0 : contestants.bytes(spec(spec).models());
      long memory = machine.availableMemory();
      if (memory < needed) {
        return "waits for memory: %d MB are available, %d MB are needed"
            .formatted(memory >> 20, needed >> 20);
      }
      long disk = machine.disk().usableBytes(folders.root());
      return disk < settings.diskBytes()
          ? "waits for room: the disk has %d MB left, jobs begin with %d MB"
              .formatted(disk >> 20, settings.diskBytes() >> 20)
          : null;
    } catch (IOException e) {
      return "waits for the disk: " + e.getMessage();
    }
  }

  @Override
  public Attempt begin(Lease lease, Steps steps) {
    return new EvaluationJob(lease, spec(lease.spec()), settings, corpora, contestants)
        .attempt(steps);
  }

  @Override
  public void discard(UUID job) throws IOException {
    folders.removeAllBut(job, null);
  }

  /// In the words that the command line uses for the same failure.
  @Override
  public @Nullable String explain(Throwable failure) {
    return switch (failure) {
      case BadRequestException e -> e.getMessage();
      case BadCheckpointException e -> e.getMessage();
      case NoBackendException e -> e.getMessage();
      case NoSuchFileException e -> e.getFile() + " does not exist";
      case AccessDeniedException e -> "no access to " + e.getFile();
      case UncheckedIOException e -> String.valueOf(e.getMessage());
      case IOException e -> String.valueOf(e.getMessage());
      default -> null;
    };
  }
}
