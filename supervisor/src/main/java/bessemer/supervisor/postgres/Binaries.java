package bessemer.supervisor.postgres;

import bessemer.supervisor.process.SupervisorException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Properties;
import org.tukaani.xz.XZInputStream;

/// The server's programs: `initdb`, `postgres` and `pg_ctl`, unpacked once per version.
final class Binaries {
  private Binaries() {}

  /// @return the directory that holds `bin`, `lib` and `share`
  static Path unpack(Path cache) throws IOException {
    Path home = home(cache);
    if (!Files.exists(home)) {
      Files.createDirectories(cache);
      Path fresh = Files.createTempDirectory(cache, ".postgres-");
      try (InputStream in = new XZInputStream(new BufferedInputStream(archive(), 1 << 16))) {
        Tar.unpack(in, fresh);
      }
      try {
        Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException _) {
        delete(fresh); // somebody else was faster
      }
    }
    return home;
  }

  static Path home(Path cache) throws IOException {
    return cache.resolve("postgres-" + version());
  }

  static String version() throws IOException {
    var properties = new Properties();
    try (InputStream in = Binaries.class.getResourceAsStream("binaries.properties")) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  private static InputStream archive() {
    String system =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
    String machine =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm_64";
          case String other -> other;
        };
    String name = "/postgres-%s-%s.txz".formatted(system, machine);
    InputStream in = Binaries.class.getResourceAsStream(name);
    if (in == null) {
      throw new SupervisorException(
          "no PostgreSQL for %s on %s comes with this build; name a server of your own with"
                  .formatted(system, machine)
              + " BESSEMER_DATABASE_URL");
    }
    return in;
  }

  static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path visited, @org.jspecify.annotations.Nullable IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
