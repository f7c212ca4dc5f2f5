package bessemer.evaluation.job;

import bessemer.contracts.Artifact;
import bessemer.contracts.EvalSpec.Columns;
import bessemer.contracts.EvalSpec.CorpusFiles;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.evaluate.CorpusReader;
import bessemer.foundry.evaluate.LanguagePair;
import bessemer.foundry.evaluate.ParallelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads the corpora that specs name: files of registered sources.
final class Corpora {
  private final Sources sources;
  private final EvaluationSettings settings;

  Corpora(Sources sources, EvaluationSettings settings) {
    this.sources = sources;
    this.settings = settings;
  }

  /// @throws BadRequestException if a file is not there, is not what was registered, or cannot be
  ///   read as a corpus
  ParallelText read(CorpusFiles spec) throws IOException {
    Source source = registered(spec.id());
    if (spec.table() != null) {
      Path table = file(source, spec.table());
      return CorpusReader.table(table, columns(spec.columns()), spec.from(), spec.to());
    }
    var pair = new LanguagePair(String.valueOf(spec.from()), String.valueOf(spec.to()));
    List<Path> references = new ArrayList<>();
    for (String reference : spec.refs()) {
      references.add(file(source, reference));
    }
    return CorpusReader.plain(file(source, String.valueOf(spec.src())), references, pair);
  }

  private static bessemer.foundry.evaluate.Columns columns(@Nullable Columns named) {
    var usual = bessemer.foundry.evaluate.Columns.STANDARD;
    if (named == null) {
      return usual;
    }
    return new bessemer.foundry.evaluate.Columns(
        named.source() == null ? usual.source() : named.source(),
        named.references().isEmpty() ? usual.references() : named.references(),
        usual.hypothesis(),
        named.from() == null ? usual.from() : named.from(),
        named.to() == null ? usual.to() : named.to());
  }

  private Source registered(String id) {
    return sources
        .find(UUID.fromString(id))
        .filter(found -> found.kind() == SourceKind.SOURCE && found.complete())
        .orElseThrow(
            () -> new BadRequestException("there is no source %s, or not all of it".formatted(id)));
  }

  /// A file with the bytes that were registered. It may be a link to a file that its owner changed.
  private Path file(Source source, String name) throws IOException {
    Artifact artifact =
        source
            .file(name)
            .map(SourceFile::artifact)
            .orElseThrow(() ->
                new BadRequestException("source %s has no file '%s'".formatted(source.id(), name)));
    if (artifact.bytes() > settings.corpusBytes()) {
      throw new BadRequestException(
          "%s has %d bytes, a file of a corpus may have %d here (BESSEMER_EVAL_CORPUS_BYTES)"
              .formatted(name, artifact.bytes(), settings.corpusBytes()));
    }
    Path file = settings.sources().resolve(source.id().toString()).resolve(name);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        || !FileHash.sha256(file).equals(artifact.sha256())) {
      throw new BadRequestException(
          "%s of source %s is gone or was changed where it lay: upload it again"
              .formatted(name, source.id()));
    }
    return file;
  }
}
