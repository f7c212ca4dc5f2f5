package bessemer.conversion.sources;

import bessemer.conversion.files.Root;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.db.catalogue.SourceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumMap;
import java.util.Map;

/// Where the files of sources lie: `sources/<id>/<file>` and `references/<id>/<file>` in the home
/// of the installation. Hidden names, which no declared file can have, are ours:
///
/// | name           | holds                                                    |
/// |----------------|----------------------------------------------------------|
/// | `.<file>.part` | what has come of a file                                  |
/// | `.<file>.take` | a local file while it is copied or linked; never written |
/// | `.<file>.link` | what a linked file was like when it was checked          |
final class SourceFolders {
  private final Map<SourceKind, Root> roots = new EnumMap<>(SourceKind.class);

  SourceFolders(Path home) {
    for (SourceKind kind : SourceKind.values()) {
      roots.put(kind, new Root(home.resolve(kind.text() + "s")));
    }
  }

  Root root(SourceKind kind) {
    Root root = roots.get(kind);
    if (root == null) {
      throw new IllegalStateException("every kind has a root, " + kind + " too");
    }
    return root;
  }

  Path folder(Source source) {
    return root(source.kind()).resolve(source.id().toString());
  }

  Path file(Source source, String file) {
    return root(source.kind()).resolve(source.id().toString(), file);
  }

  Path part(Source source, String file) {
    return root(source.kind()).resolve(source.id().toString(), "." + file + ".part");
  }

  /// Apart from the part, which uploads write to: a link left by a crash must never be written, as
  /// that would change the user's file.
  Path taken(Source source, String file) {
    return root(source.kind()).resolve(source.id().toString(), "." + file + ".take");
  }

  Path link(Source source, String file) {
    return root(source.kind()).resolve(source.id().toString(), "." + file + ".link");
  }

  /// Whether anything of it was ever sent.
  boolean begun(Source source) {
    return Files.isDirectory(folder(source), LinkOption.NOFOLLOW_LINKS);
  }

  /// Bytes of the file that are here.
  long received(Source source, SourceFile file) throws IOException {
    return file.complete() ? file.artifact().bytes() : size(part(source, file.artifact().file()));
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .size();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
