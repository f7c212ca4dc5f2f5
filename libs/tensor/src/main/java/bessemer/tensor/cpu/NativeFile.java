package bessemer.tensor.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The file of native kernels that the build made for this kind of machine, if there was a C
/// compiler. Loaded where it lies, or unpacked from its jar into the cache of `bessemer.home`,
/// `BESSEMER_HOME` or `~/.bessemer` under a name made of its content.
final class NativeFile {
  private NativeFile() {}

  static Optional<SymbolLookup> load() {
    URL resource = NativeFile.class.getResource("/native/" + platform() + "/" + name());
    if (resource == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          open(resource.getProtocol().equals("file") ? Path.of(resource.toURI()) : at(resource)));
    } catch (IOException e) {
      throw new UncheckedIOException("the native kernels could not be unpacked", e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SymbolLookup open(Path file) {
    try {
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) { // such as a home that forbids to run what lies in it
      throw new IllegalStateException(
          "the native kernels in %s cannot be loaded; -Dbessemer.kernels=java does without them"
              .formatted(file),
          e);
    }
  }

  private static Path at(URL resource) throws IOException {
    byte[] content;
    try (InputStream in = resource.openStream()) {
      content = in.readAllBytes();
    }
    Path folder;
    try {
      folder = Files.createDirectories(cache().resolve("kernels"));
    } catch (IOException _) { // a home that cannot be written to
      folder = Files.createTempDirectory("bessemer-kernels");
    }
    return unpacked(content, folder);
  }

  /// The file of this content in `folder`, written unless it is there.
  static Path unpacked(byte[] content, Path folder) throws IOException {
    Path file = folder.resolve(checksum(content) + "-" + name());
    if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
      Path partial = Files.createTempFile(folder, name(), ".partial");
      try {
        Files.write(partial, content);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    }
    return file;
  }

  /// Tells versions apart; the whole content is compared before a file is loaded. Not SHA-256, as
  /// loading the first algorithm of Java's security takes longer than all else here.
  private static String checksum(byte[] content) {
    var checksum = new CRC32C();
    checksum.update(content);
    return Long.toHexString(checksum.getValue()) + "-" + content.length;
  }

  private static Path cache() {
    String home = System.getProperty("bessemer.home", System.getenv("BESSEMER_HOME"));
    Path root =
        home == null || home.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".bessemer")
            : Path.of(home);
    return root.resolve("cache");
  }

  private static String name() {
    return System.mapLibraryName("bessemer");
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch");
    return (system.startsWith("mac") ? "darwin" : system)
        + "-"
        + (machine.equals("amd64") ? "x86_64" : machine);
  }
}
