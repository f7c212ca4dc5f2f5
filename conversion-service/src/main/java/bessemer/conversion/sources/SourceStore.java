package bessemer.conversion.sources;

import bessemer.contracts.Artifact;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.SourceRequest;
import bessemer.conversion.files.Root;
import bessemer.conversion.sources.Turns.Turn;
import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sources and reference packs with their files.
public final class SourceStore {
  private static final Logger LOG = LoggerFactory.getLogger(SourceStore.class);

  private final Sources sources;
  private final SourceFolders folders;
  private final SourceSettings settings;
  private final Clock clock;
  private final Intake intake;
  private final Turns turns = new Turns();

  /// How files come.
  record Intake(Space space, Arrival arrival, Uploads uploads, LocalFiles local) {}

  SourceStore(
      Sources sources, SourceFolders folders, SourceSettings settings, Clock clock, Intake intake) {
    this.sources = sources;
    this.folders = folders;
    this.settings = settings;
    this.clock = clock;
    this.intake = intake;
  }

  /// @throws InvalidFieldException if more is declared than is allowed
  Sources.Registered register(SourceKind kind, SourceRequest request) {
    long left = settings.maxBytes().toBytes();
    Set<String> names = new HashSet<>();
    for (Artifact file : request.files()) {
      left -= Math.min(file.bytes(), left + 1);
      if (left < 0) {
        throw new InvalidFieldException(
            "files",
            "declare more than the %d bytes that a %s may have here"
                .formatted(settings.maxBytes().toBytes(), kind.text()));
      }
      if (!names.add(file.file().toLowerCase(Locale.ROOT))) {
        throw new InvalidFieldException(
            "files", "'%s' is there twice on file systems that ignore case".formatted(file.file()));
      }
    }
    return sources.register(kind, request);
  }

  List<Source> list(SourceKind kind, int limit, @Nullable UUID before) {
    return sources.list(kind, limit, before);
  }

  /// @throws NoSuchElementException if there is none of this kind
  Source find(SourceKind kind, UUID id) throws IOException {
    Source source =
        sources
            .find(id)
            .filter(found -> found.kind() == kind)
            .orElseThrow(() -> new NoSuchElementException("no %s %s".formatted(kind.text(), id)));
    return corrected(source);
  }

  /// After a crash between the rename of a file and its row.
  private Source corrected(Source source) throws IOException {
    boolean corrected = false;
    for (SourceFile file : source.files()) {
      corrected |= !file.complete() && intake.arrival.adopt(source, file.artifact());
    }
    return corrected ? sources.find(source.id()).orElse(source) : source;
  }

  Upload state(Source source, SourceFile file) throws IOException {
    return new Upload(
        file.artifact().file(),
        file.artifact().bytes(),
        folders.received(source, file),
        file.complete());
  }

  static SourceFile file(Source source, String name) {
    return source
        .file(name)
        .orElseThrow(() ->
            new NoSuchElementException(
                "%s %s declares no file '%s'".formatted(source.kind().text(), source.id(), name)));
  }

  /// What a request brings: its `Content-Range`, its `Content-Length`, its body.
  record Sent(@Nullable String range, OptionalLong length, InputStream body) {}

  /// @return how far the file has come
  /// @throws UploadException if it came no further
  Upload receive(Source source, String name, Sent sent) throws IOException {
    try (Turn _ = turns.file(source.id(), name, settings.turn())) {
      Source now = find(source.kind(), source.id());
      SourceFile file = file(now, name);
      if (file.complete()) {
        return state(now, file);
      }
      Artifact artifact = file.artifact();
      var range = ByteRange.of(sent.range, artifact.bytes());
      requireFit(artifact, range, sent.length);
      intake.space.require(now);
      long received = intake.uploads.receive(now, artifact, range, sent.body);
      return new Upload(name, artifact.bytes(), received, received == artifact.bytes());
    }
  }

  private static void requireFit(Artifact file, ByteRange range, OptionalLong length) {
    long coming = length.orElse(0);
    if (coming > range.length()) {
      throw new UploadException(
          Reason.TOO_LONG,
          range.from(),
          "%s: %d bytes were to come, the body has %d"
              .formatted(file.file(), range.length(), coming));
    }
  }

  /// Takes a file of this machine.
  ///
  /// @return the file, complete
  Upload take(Source source, String name, String path) throws IOException {
    try (Turn _ = turns.file(source.id(), name, settings.turn())) {
      Source now = find(source.kind(), source.id());
      SourceFile file = file(now, name);
      if (!file.complete()) {
        Path real = LocalFiles.find(path, file.artifact());
        intake.local.take(now, file.artifact(), real);
        Files.deleteIfExists(folders.part(now, name));
      }
      return new Upload(name, file.artifact().bytes(), file.artifact().bytes(), true);
    }
  }

  /// @throws bessemer.contracts.ConflictException if a job needs it
  void delete(SourceKind kind, UUID id) throws IOException {
    try (Turn _ = turns.source(id)) {
      find(kind, id);
      sources.delete(id);
      folders.root(kind).delete(id.toString());
    }
  }

  /// Where the files of a source or reference lie; empty when it is unknown or not complete. A file
  /// that is gone, or that is linked and was changed in place since, is taken out, so that the
  /// source is not complete any more.
  public Optional<Path> directory(UUID id) throws IOException {
    Optional<Source> found = sources.find(id);
    if (found.isEmpty() || !found.get().complete()) {
      return Optional.empty();
    }
    Source source = found.get();
    boolean whole = true;
    for (SourceFile file : source.files()) {
      if (!intake.local.unchanged(source, file.artifact())) {
        takeOut(source, file.artifact().file());
        whole = false;
      }
    }
    return whole ? Optional.of(folders.folder(source)) : Optional.empty();
  }

  private void takeOut(Source source, String file) throws IOException {
    LOG.warn(
        "{} of {} {} is gone or was changed in place after it was linked: it has to be sent again",
        file,
        source.kind().text(),
        source.id());
    // The file first: one that is there is taken for one whose row was forgotten.
    Files.deleteIfExists(folders.file(source, file));
    sources.mark(source.id(), file, false);
    Files.deleteIfExists(folders.link(source, file));
  }

  /// Removes what a crash left and what nobody finished. Before the first request.
  void sweep() throws IOException {
    for (SourceKind kind : SourceKind.values()) {
      sweep(folders.root(kind));
    }
    Instant oldest = clock.instant().minus(settings.abandonedAfter());
    for (Source source : sources.incomplete()) {
      Source now = corrected(source);
      if (!now.complete() && now.createdAt().isBefore(oldest) && !sources.inUse(now.id())) {
        LOG.info("{} {} was never completed and is removed", now.kind().text(), now.id());
        delete(now.kind(), now.id());
      }
    }
  }

  /// Directories are found before rows are read: a row is there before its directory.
  private void sweep(Root root) throws IOException {
    Set<UUID> found = new HashSet<>();
    for (String name : root.directories()) {
      SourceIds.parse(name).ifPresent(found::add);
    }
    Set<UUID> known = sources.known(found);
    for (UUID id : found) {
      if (!known.contains(id)) {
        LOG.info("{} belongs to no source and is removed", root.directory().resolve(id.toString()));
        root.delete(id.toString());
      }
    }
  }
}
