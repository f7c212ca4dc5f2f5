package bessemer.conversion.job;

import bessemer.conversion.sources.SourceStore;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.db.work.Lease;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.Progress;
import bessemer.foundry.convert.Origin;
import bessemer.foundry.hub.HubClient;
import bessemer.foundry.hub.HubSource;
import bessemer.foundry.parity.Parity.Reference;
import bessemer.foundry.parity.PythonRecorder;
import bessemer.foundry.parity.RecordingFailedException;
import bessemer.foundry.parity.ReferencePack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Finds what a spec names: a registered source or one of the hub, a registered reference or one
/// that PyTorch records now.
final class Inputs {
  private static final String AUTO = "auto";

  private final Sources sources;
  private final SourceStore store;
  private final HubClient hub;
  private final PythonRecorder.Search python;

  Inputs(ConversionSettings settings, Sources sources, SourceStore store, HubClient hub) {
    this.sources = sources;
    this.store = store;
    this.hub = hub;
    this.python =
        PythonRecorder.search(System.getenv(), Path.of(settings.root()), settings.recordLimit());
  }

  /// @param directory that holds the checkpoint
  record Found(Path directory, Origin origin) {}

  /// @throws BadRequestException if it is not there, or not all of it
  Found source(String source, Progress progress) throws IOException, InterruptedException {
    if (source.startsWith("hf:")) {
      HubSource repository = HubSource.parse(source);
      Path directory = hub.fetch(repository, progress);
      return new Found(
          directory, new Origin("hf:" + repository.repository(), repository.revision(), Map.of()));
    }
    Source registered = registered(SourceKind.SOURCE, source);
    Map<String, String> sha256 = new TreeMap<>();
    registered
        .files()
        .forEach(file -> sha256.put(file.artifact().file(), file.artifact().sha256()));
    return new Found(directory(registered), new Origin(registered.name(), "", sha256));
  }

  private Source registered(SourceKind kind, String id) {
    Source source =
        sources
            .find(UUID.fromString(id))
            .filter(found -> found.kind() == kind)
            .orElseThrow(
                () -> new BadRequestException("there is no %s %s".formatted(kind.text(), id)));
    if (!source.complete()) {
      throw new BadRequestException(
          "the upload of %s %s is not complete".formatted(kind.text(), id));
    }
    return source;
  }

  /// Its files, which are what they were when they came.
  private Path directory(Source source) throws IOException {
    return store
        .directory(source.id())
        .orElseThrow(() ->
            new BadRequestException(
                "a file of %s %s was changed where it lay after it was registered: upload it again"
                    .formatted(source.kind().text(), source.id())));
  }

  /// Refuses a pack that is missing or damaged before any work is done for it.
  ///
  /// @throws bessemer.checkpoint.BadCheckpointException naming what is damaged
  void check(@Nullable String reference) throws IOException {
    if (reference != null && !reference.equals(AUTO)) {
      Path pack = directory(registered(SourceKind.REFERENCE, reference));
      ReferencePack.open(pack).close(); // reads all of it
    }
  }

  /// @param reference as the spec has it
  /// @param source the directory that PyTorch would load
  /// @param pack where a recording goes
  /// @throws BadRequestException if it is not there, or not all of it
  Reference reference(@Nullable String reference, Path source, Path pack, Lease lease)
      throws Exception {
    if (reference == null) {
      return Reference.none();
    }
    if (!reference.equals(AUTO)) {
      return new Reference.Pack(directory(registered(SourceKind.REFERENCE, reference)));
    }
    return switch (python) {
      case PythonRecorder.Search.Missing(String reason) -> new Reference.None(reason);
      case PythonRecorder.Search.Found(PythonRecorder recorder) ->
          recorded(recorder, source, pack, lease);
    };
  }

  private static Reference recorded(PythonRecorder recorder, Path source, Path pack, Lease lease)
      throws Exception {
    lease.note("recording a reference with PyTorch");
    Files.createDirectories(pack);
    try {
      lease.interruptibly(() -> {
        recorder.record(source.toRealPath(), pack);
        return true;
      });
      return new Reference.Pack(pack);
    } catch (RecordingFailedException e) {
      return new Reference.None("recording failed: " + e.getMessage());
    }
  }
}
