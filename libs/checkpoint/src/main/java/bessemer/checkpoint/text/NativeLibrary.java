package bessemer.checkpoint.text;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Properties;

/// The native `tokenizers` library, unpacked from its jar and loaded once per process.
///
/// The binding's own loader is avoided on purpose: it looks for a GPU by way of further native
/// code, may fetch another build, and unpacks into the home folder.
final class NativeLibrary {
  private static final String ROOT = "/native/lib/";
  private static boolean loaded;

  private NativeLibrary() {}

  /// Loads the library, unpacked below `cache`. Later calls do nothing, whatever their folder.
  static synchronized void load(Path cache) throws IOException {
    if (!loaded) {
      System.load(unpacked(cache).toAbsolutePath().toString());
      loaded = true;
    }
  }

  private static Path unpacked(Path cache) throws IOException {
    String platform = platform();
    String name = System.mapLibraryName("tokenizers");
    URL resource = NativeLibrary.class.getResource(ROOT + platform + "/cpu/" + name);
    if (resource == null || platform.startsWith("win")) {
      throw new UnsupportedOperationException(
          "No tokenizers library for %s; there are linux-x86_64, linux-aarch64 and osx-aarch64"
              .formatted(platform));
    }
    Path folder = cache.resolve("tokenizers").resolve(version() + "-" + platform);
    Path library = folder.resolve(name);
    URLConnection connection = resource.openConnection();
    if (!Files.exists(library) || Files.size(library) != connection.getContentLengthLong()) {
      Files.createDirectories(folder);
      Path partial = Files.createTempFile(folder, name, ".partial");
      try (InputStream in = connection.getInputStream()) {
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    }
    return library;
  }

  private static String version() throws IOException {
    var properties = new Properties();
    try (InputStream in = NativeLibrary.class.getResourceAsStream(ROOT + "tokenizers.properties")) {
      if (in != null) {
        properties.load(in);
      }
    }
    return properties.getProperty("version", "unknown").replaceAll("[^0-9A-Za-z.-]", "_");
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String os = system.startsWith("mac") ? "osx" : system.startsWith("win") ? "win" : "linux";
    String machine = System.getProperty("os.arch");
    return os + "-" + (machine.equals("amd64") ? "x86_64" : machine);
  }
}
