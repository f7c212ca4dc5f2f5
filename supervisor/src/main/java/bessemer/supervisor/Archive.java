package bessemer.supervisor;

import bessemer.db.backup.BackupException;
import bessemer.db.backup.Snapshot;
import bessemer.db.backup.Tables;
import bessemer.supervisor.postgres.Database;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A backup in one zip file: the rows of the database, the keys that belong to them, on demand the
/// models' files, and a manifest with the SHA-256 of each.
///
/// The file holds secrets; it is made readable for its owner alone.
final class Archive {
  private static final String MANIFEST = "manifest.json";
  private static final int FORMAT = 1;
  private static final List<String> KEYS = List.of("admin.key", "worker.key");

  /// @param files of the home directory, by their path in it
  record Manifest(int format, String version, Instant at, Snapshot database, List<Entry> files) {}

  record Entry(String path, long bytes, String sha256) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Installation installation;

  Archive(Installation installation) {
    this.installation = installation;
  }

  /// @param models whether the files of the catalogue's models go along
  /// @throws BackupException if there is such a file, or the database cannot be read
  Manifest write(Path file, Database database, boolean models) throws IOException {
    if (Files.exists(file)) {
      throw new BackupException(file + " exists: choose another name or delete it");
    }
    Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, mode);
    try (var zip =
        new ZipOutputStream(Files.newOutputStream(fresh, StandardOpenOption.TRUNCATE_EXISTING))) {
      zip.setLevel(Deflater.BEST_SPEED); // weights hardly shrink
      Snapshot snapshot = tables(database).dump(name -> entry(zip, name));
      List<Entry> files = new ArrayList<>();
      for (Path one : files(models)) {
        files.add(add(zip, one));
      }
      Manifest manifest = new Manifest(FORMAT, version(), Instant.now(), snapshot, files);
      try (OutputStream out = entry(zip, MANIFEST)) {
        out.write(MAPPER.writeValueAsBytes(manifest));
      }
      zip.close();
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      return manifest;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /// Checks every file before it changes anything.
  ///
  /// @param replace whether what is there may be deleted
  /// @param models whether the models' files in the backup are restored as well
  Manifest read(Path file, Database database, boolean replace, boolean models) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Manifest manifest = manifest(file, zip);
      List<Entry> files =
          manifest.files().stream().filter(e -> models || KEYS.contains(e.path())).toList();
      for (Entry entry : files) {
        check(zip, entry);
      }
      tables(database).load(manifest.database(), name -> open(zip, name), replace);
      for (Entry entry : files) {
        restore(zip, entry);
      }
      return manifest;
    } catch (ZipException e) {
      throw new BackupException("%s is no backup: %s".formatted(file, e.getMessage()));
    }
  }

  private static Tables tables(Database database) {
    return Tables.of(database.url(), database.user(), database.password());
  }

  private static String version() {
    String version = Archive.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  private List<Path> files(boolean models) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String key : KEYS) {
      Path file = installation.home().resolve(key);
      if (Files.exists(file)) {
        files.add(file);
      }
    }
    if (models && Files.isDirectory(installation.catalogue())) {
      try (Stream<Path> tree = Files.walk(installation.catalogue())) {
        files.addAll(tree.filter(Files::isRegularFile).sorted().toList());
      }
    }
    return files;
  }

  private Entry add(ZipOutputStream zip, Path file) throws IOException {
    String path = installation.home().relativize(file).toString();
    try (var in = new DigestInputStream(Files.newInputStream(file), sha256());
        OutputStream out = entry(zip, "files/" + path)) {
      long bytes = in.transferTo(out);
      return new Entry(path, bytes, HexFormat.of().formatHex(in.getMessageDigest().digest()));
    }
  }

  /// Closing it closes the entry, not the archive.
  private static OutputStream entry(ZipOutputStream zip, String name) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    return new FilterOutputStream(zip) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        zip.closeEntry();
      }
    };
  }

  private static Manifest manifest(Path file, ZipFile zip) throws IOException {
    try (InputStream in = open(zip, MANIFEST)) {
      Manifest manifest = MAPPER.readValue(in, Manifest.class);
      if (manifest.format() != FORMAT) {
        throw new BackupException(
            "%s has format %d; this version reads format %d"
                .formatted(file, manifest.format(), FORMAT));
      }
      return manifest;
    } catch (JacksonException e) {
      throw new BackupException(
          "%s: the manifest is damaged: %s".formatted(file, e.getOriginalMessage()));
    }
  }

  private static InputStream open(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new BackupException("%s lacks %s".formatted(zip.getName(), name));
    }
    return zip.getInputStream(entry);
  }

  private void check(ZipFile zip, Entry entry) throws IOException {
    Path target = target(entry);
    try (var in = new DigestInputStream(open(zip, "files/" + entry.path()), sha256())) {
      long bytes = in.transferTo(OutputStream.nullOutputStream());
      String found = HexFormat.of().formatHex(in.getMessageDigest().digest());
      if (bytes != entry.bytes() || !found.equals(entry.sha256())) {
        throw new BackupException(
            "%s in the backup (for %s) is damaged: %d bytes with SHA-256 %s, expected %d with %s"
                .formatted(entry.path(), target, bytes, found, entry.bytes(), entry.sha256()));
      }
    }
  }

  /// Only what a backup holds: the two keys, and files below the catalogue.
  private Path target(Entry entry) {
    Path target = installation.home().resolve(entry.path()).normalize();
    if (!KEYS.contains(entry.path()) && !target.startsWith(installation.catalogue())) {
      throw new BackupException("the backup names a file that it may not: " + entry.path());
    }
    return target;
  }

  private void restore(ZipFile zip, Entry entry) throws IOException {
    Path target = target(entry);
    Path parent = target.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Path fresh = target.resolveSibling("." + target.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    String mode = KEYS.contains(entry.path()) ? "rw-------" : "rw-r--r--";
    var attribute = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
    try (InputStream in = open(zip, "files/" + entry.path());
        OutputStream out =
            java.nio.channels.Channels.newOutputStream(
                Files.newByteChannel(fresh, options, attribute))) {
      in.transferTo(out);
    }
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
