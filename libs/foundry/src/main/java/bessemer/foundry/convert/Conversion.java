package bessemer.foundry.convert;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One conversion, step by step:
///
/// ```java
/// try (Conversion conversion = Conversion.open(spec, disk, progress)) {
///   conversion.convertShards(); // takes up what an interrupted run left
///   Path model = conversion.assemble();
///   CheckReport check = conversion.check();
///   … compare `model` with a reference …
///   conversion.settle(state); // the output appears
/// }
/// ```
///
/// A failure that a restart would meet again (a bad source, a bad request, a full disk) removes
/// everything that was made. Whatever else ends it, the process itself included, leaves a workspace
/// beside the output, and the next conversion with the same source and choices continues there.
/// Where attempts must not share a workspace, a [Ledger] tells the next what the last one finished.
public final class Conversion implements AutoCloseable {
  /// Room for configuration, index and manifest.
  private static final long SMALL_FILES = 1 << 20;

  private final ConversionSpec spec;
  private final Disk disk;
  private final Progress progress;
  private final SourceModel source;
  private final Workspace workspace;
  private final Inspection inspection;
  private final Plan plan;
  private final Ledger ledger;
  private final String planSha256;

  private Conversion(
      ConversionSpec spec,
      Around around,
      Progress progress,
      SourceModel source,
      Workspace workspace)
      throws IOException {
    this.spec = spec;
    this.disk = around.disk;
    this.ledger = around.ledger;
    this.progress = progress;
    this.source = source;
    this.workspace = workspace;
    progress.step("inspect");
    this.inspection = Inspector.inspect(source);
    inspection.warnings().forEach(progress::note);
    progress.step("plan");
    this.plan = new Planner(source, spec).plan();
    workspace.write(inspection);
    if (workspace.begin(plan)) {
      progress.note("source or choices changed since the interrupted conversion: starting afresh");
    }
    this.planSha256 = plan.sha256();
    workspace.adopt(ledger.finished(planSha256));
  }

  /// @param disk asked for room
  /// @param ledger of the attempts at this conversion
  private record Around(Disk disk, Ledger ledger) {}

  /// Inspects the source, plans, and takes the workspace.
  ///
  /// @throws BadCheckpointException if the source cannot be used
  /// @throws BadRequestException if the choices do not fit it, the output exists, or another
  ///   conversion into it is running
  /// @throws java.nio.file.NoSuchFileException if there is no such source
  public static Conversion open(ConversionSpec spec, Disk disk, Progress progress)
      throws IOException {
    return open(spec, disk, Ledger.none(), progress);
  }

  /// The same as one of several attempts, each with an output of its own, that share a ledger.
  public static Conversion open(ConversionSpec spec, Disk disk, Ledger ledger, Progress progress)
      throws IOException {
    var around = new Around(disk, ledger);
    SourceModel source = SourceModel.open(spec.source());
    try {
      Workspace workspace = Workspace.open(spec.output(), spec.replace());
      try {
        return guarded(workspace, () -> new Conversion(spec, around, progress, source, workspace));
      } catch (Throwable t) {
        workspace.close();
        throw t;
      }
    } catch (Throwable t) {
      source.close();
      throw t;
    }
  }

  public Inspection inspection() {
    return inspection;
  }

  public Plan plan() {
    return plan;
  }

  /// Writes the shards that are not on the disk yet.
  public void convertShards() throws IOException {
    for (ShardPlan shard : pending()) {
      convert(shard);
    }
  }

  /// The shards that are not on the disk yet: the step `convert` begins.
  public List<ShardPlan> pending() throws IOException {
    return guarded(
        workspace,
        () -> {
          progress.step("convert");
          List<ShardPlan> pending = new ArrayList<>();
          for (ShardPlan shard : plan.shards()) {
            if (!workspace.isComplete(shard)) {
              pending.add(shard);
            }
          }
          if (pending.size() < plan.shards().size()) {
            progress.note(
                "continuing: %d of %d shards are complete"
                    .formatted(plan.shards().size() - pending.size(), plan.shards().size()));
          }
          requireSpace(pending.stream().mapToLong(ShardPlan::bytes).sum() + SMALL_FILES);
          progress.total(pending.stream().mapToLong(ShardPlan::sourceBytes).sum());
          return pending;
        });
  }

  /// Writes one shard and records it.
  public void convert(ShardPlan shard) throws IOException {
    guarded(
        workspace,
        () -> {
          try (ShardConverter converter = new ShardConverter(source, spec.limits(), progress)) {
            Manifest.Done done = converter.convert(shard, workspace.part(shard.file()));
            Path file = workspace.complete(done);
            ledger.record(
                planSha256, new Ledger.Finished(done.file(), file, done.bytes(), done.sha256()));
            return file;
          }
        });
  }

  private void requireSpace(long needed) throws IOException {
    long usable = disk.usableBytes(workspace.directory());
    if (usable < needed) {
      throw new Disk.Full(
          spec.output(),
          "needs %d MB, the disk has %d MB left; make room or name an output on another disk"
              .formatted(needed >> 20, usable >> 20));
    }
  }

  /// Writes configuration, index, tokenizer and record beside the shards.
  ///
  /// @return the directory of the complete model, which is not the output yet
  public Path assemble() throws IOException {
    return guarded(
        workspace,
        () -> {
          progress.step("assemble");
          new Assembler(source, spec, plan).assemble(workspace.model(), workspace.manifest());
          return workspace.model();
        });
  }

  /// Compares every tensor of the result with the source, and records which files that was.
  public CheckReport check() throws IOException {
    return guarded(
        workspace,
        () -> {
          progress.step("check");
          Path model = workspace.model();
          CheckReport report = new OutputCheck(source, plan, spec.limits(), progress).check(model);
          Lineage lineage = Lineage.read(model).withSources(sourceSha256());
          JsonFiles.write(model.resolve(Lineage.FILE), lineage);
          return report;
        });
  }

  /// By file name; read again unless the download told them.
  private Map<String, String> sourceSha256() throws IOException {
    Map<String, String> sha256 = new TreeMap<>(spec.origin().sha256());
    for (Path file : source.checkpoint().files()) {
      String name = String.valueOf(file.getFileName());
      if (!sha256.containsKey(name)) {
        sha256.put(name, FileHash.sha256(file));
      }
    }
    return sha256;
  }

  /// Makes the result the output.
  public Path settle(Lineage.State state) throws IOException {
    return guarded(
        workspace,
        () -> {
          progress.step("settle");
          Path file = workspace.model().resolve(Lineage.FILE);
          JsonFiles.write(file, JsonFiles.read(file, Lineage.class).with(state));
          workspace.publish();
          return spec.output();
        });
  }

  /// Unmaps the source and lets the next conversion in.
  @Override
  public void close() throws IOException {
    try (workspace) {
      source.close();
    }
  }

  /// Part of a conversion.
  private interface Part<T> {
    T run() throws IOException;
  }

  private static <T> T guarded(Workspace workspace, Part<T> part) throws IOException {
    try {
      return part.run();
    } catch (BadCheckpointException | BadRequestException e) {
      throw removed(workspace, e);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (UncheckedIOException e) {
      throw removed(workspace, named(workspace, new IOException(e.getMessage(), e)));
    } catch (IOException e) {
      throw removed(workspace, named(workspace, e));
    }
  }

  private static IOException named(Workspace workspace, IOException e) {
    if (!Disk.isFull(e) || e instanceof Disk.Full) {
      return e;
    }
    var full = new Disk.Full(workspace.directory(), "the disk is full; make room and start again");
    full.initCause(e);
    return full;
  }

  private static <E extends Exception> E removed(Workspace workspace, E failure) {
    try {
      workspace.remove();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}
