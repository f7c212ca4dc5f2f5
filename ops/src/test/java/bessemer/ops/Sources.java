package bessemer.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the repository's files say, for tests that hold them against each other.
final class Sources {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern SETTING = Pattern.compile("\\bBESSEMER_[A-Z][A-Z_]*[A-Z]\\b");

  private Sources() {}

  static String text(String path) throws IOException {
    return Files.readString(ROOT.resolve(path));
  }

  /// The names of settings in a text, sorted.
  static Set<String> settings(String text) {
    Set<String> names = new TreeSet<>();
    SETTING.matcher(text).results().forEach(found -> names.add(found.group()));
    return names;
  }

  /// What a service reads: its own `application.yaml`, its code, and the code that all share.
  static Set<String> settingsOf(String service) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String module : new String[] {service, "service", "libs/checkpoint", "libs/foundry"}) {
      names.addAll(settings(all(module)));
    }
    return names;
  }

  /// Everything under `src/main` of a module.
  static String all(String module) throws IOException {
    var all = new StringBuilder();
    try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main"))) {
      for (Path file : files.filter(Sources::isText).sorted().toList()) {
        all.append(Files.readString(file)).append('\n');
      }
    }
    return all.toString();
  }

  private static boolean isText(Path file) {
    return file.toString().matches(".*\\.(java|yaml|yml|properties)");
  }
}
