package bessemer.conversion.job;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobSpec;
import bessemer.db.work.JobKind;
import bessemer.db.work.Lease;
import bessemer.db.work.Steps;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.convert.Machine;
import bessemer.foundry.hub.HubException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Runs jobs of the kind `convert`: when they may begin, what their failures mean, what they leave.
final class ConversionKind implements JobKind {
  private final ConversionSettings settings;
  private final Machine machine;
  private final Inputs inputs;
  private final Results results;
  private final AttemptFolders folders;

  ConversionKind(ConversionSettings settings, Machine machine, Inputs inputs, Results results) {
    this.settings = settings;
    this.machine = machine;
    this.inputs = inputs;
    this.results = results;
    this.folders = new AttemptFolders(settings.catalogue());
  }

  @Override
  public String kind() {
    return ConvertSpec.KIND;
  }

  /// The rest, how much a conversion needs on the disk, is known and asked once it is planned.
  @Override
  public @Nullable String obstacle(JobSpec spec) {
    try {
      Files.createDirectories(settings.catalogue());
      long memory = machine.availableMemory();
      if (memory < settings.memoryBytes()) {
        return "waits for memory: %d MB are available, %d MB are needed"
            .formatted(memory >> 20, settings.memoryBytes() >> 20);
      }
      long disk = machine.disk().usableBytes(settings.catalogue());
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
    ConvertSpec spec =
        switch (lease.spec()) {
          case ConvertSpec convert -> convert;
          case EvalSpec _ -> throw new IllegalArgumentException("no conversion: " + lease.job());
        };
    return new ConversionJob(lease, spec, settings, machine, inputs, results).attempt(steps);
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
      case HubException e -> e.getMessage();
      case NoSuchFileException e -> e.getFile() + " does not exist";
      case AccessDeniedException e -> "no access to " + e.getFile();
      case UncheckedIOException e -> String.valueOf(e.getMessage());
      case IOException e -> String.valueOf(e.getMessage());
      default -> null;
    };
  }
}
