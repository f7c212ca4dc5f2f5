package bessemer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.db.backup.BackupException;
import bessemer.db.backup.Snapshot;
import bessemer.db.backup.Tables;
import bessemer.supervisor.postgres.Database;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ArchiveTest {
  private static final Settings NONE = new Settings(Map.of());

  @TempDir Path folder;

  @Test
  void whatOneInstallationBacksUpAnotherRestores() throws Exception {
    Installation one = installation("one");
    Installation two = installation("two");
    Path file = folder.resolve("backup.zip");
    Files.createDirectories(one.catalogue().resolve("qwen"));
    Files.writeString(one.catalogue().resolve("qwen/config.json"), "{}");
    Files.writeString(one.adminKey(), "bsm_first\n");

    Snapshot before;
    try (var open = OpenDatabase.of(one, NONE, false)) {
      fill(open.database());
      before = dump(open.database());
      Archive.Manifest made = new Archive(one).write(file, open.database(), true);
      assertThat(made.database()).isEqualTo(before);
      assertThat(made.files())
          .extracting(Archive.Entry::path)
          .containsExactly("admin.key", "catalogue/qwen/config.json");
      assertThatThrownBy(() -> OpenDatabase.of(one, NONE, true))
          .as("one command at a time")
          .hasMessageContaining("another command");
    }
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));

    try (var open = OpenDatabase.of(two, NONE, true)) {
      Archive archive = new Archive(two);
      archive.read(file, open.database(), false, true);
      assertThat(dump(open.database())).isEqualTo(before);
      assertThat(two.adminKey()).hasContent("bsm_first");
      assertThat(two.catalogue().resolve("qwen/config.json")).hasContent("{}");
      assertThatThrownBy(() -> archive.read(file, open.database(), false, true))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("--replace");

      damage(file, "files/catalogue/qwen/config.json");
      Files.writeString(two.adminKey(), "mine\n");
      assertThatThrownBy(() -> archive.read(file, open.database(), true, true))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("catalogue/qwen/config.json")
          .hasMessageContaining("is damaged");
      assertThat(two.adminKey()).as("nothing was changed").hasContent("mine");
      Files.writeString(folder.resolve("no.zip"), "no zip");
      assertThatThrownBy(() -> archive.read(folder.resolve("no.zip"), open.database(), true, true))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("no.zip is no backup");
    }
  }

  /// Homes that share the server's programs.
  private Installation installation(String name) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Path cache = Files.createDirectories(Path.of("target", "postgres").toAbsolutePath());
    Files.createSymbolicLink(home.resolve("cache"), cache);
    return new Installation(home, Path.of("."));
  }

  private static void fill(Database database) throws Exception {
    tables(database).migrate();
    try (var connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        var statement = connection.createStatement()) {
      statement.execute(
          "insert into job (kind, capability, spec, spec_sha256, created_by)"
              + " values ('convert', 'cpu', '{}', 'x', 'somebody')");
    }
  }

  private static Snapshot dump(Database database) throws IOException {
    return tables(database).dump(_ -> OutputStream.nullOutputStream());
  }

  private static Tables tables(Database database) {
    return Tables.of(database.url(), database.user(), database.password());
  }

  private static void damage(Path zip, String entry) throws IOException {
    try (FileSystem files = FileSystems.newFileSystem(zip)) {
      Files.writeString(files.getPath(entry), "[]");
    }
  }
}
