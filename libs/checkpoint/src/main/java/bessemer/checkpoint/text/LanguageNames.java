package bessemer.checkpoint.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// English names of languages by the codes of all translators.
final class LanguageNames {
  private static final String FILE = "languages.txt";

  private LanguageNames() {}

  static Map<String, String> read() {
    Map<String, String> names = new LinkedHashMap<>();
    try (InputStream in = LanguageNames.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not on the class path");
      }
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(line -> {
            int space = line.indexOf(' ');
            names.put(line.substring(0, space), line.substring(space + 1));
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }
}
