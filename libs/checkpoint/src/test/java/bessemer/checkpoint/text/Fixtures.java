package bessemer.checkpoint.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The files under `src/test/resources/text`, written by the scripts in `tools/goldens`.
final class Fixtures {
  static final Path CACHE = Path.of("target", "native-cache");

  private Fixtures() {}

  static Tokenizer tokenizer(String name) {
    try {
      return Tokenizer.load(directory(name), CACHE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path directory(String name) {
    try {
      return Path.of(Fixtures.class.getResource("/text/" + name + "/tokenizer.json").toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode json(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream("/text/" + name)) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ids(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }
}
