package bessemer.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON from files that anyone may have written: sizes and depth are bounded, duplicate keys
/// refused.
final class Json {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NAME = 50_000;
  private static final int MAX_TEXT = 16 << 20;

  static final JsonFactory STRICT =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxStringLength(MAX_TEXT)
                  .build())
          .build();

  /// Python writes `NaN` and `Infinity` into configurations.
  private static final JsonMapper MAPPER =
      JsonMapper.builder(STRICT.rebuild().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /// The object in `file`, which must be no longer than `maxBytes`.
  static ObjectNode object(Path file, int maxBytes) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(maxBytes + 1);
    }
    if (bytes.length > maxBytes) {
      throw new BadCheckpointException(file, "is longer than " + maxBytes + " bytes");
    }
    return object(file, bytes);
  }

  static ObjectNode object(Path file, byte[] json) {
    return object(file, () -> MAPPER.readTree(json));
  }

  static ObjectNode object(Path file, String json) {
    return object(file, () -> MAPPER.readTree(json));
  }

  private static ObjectNode object(Path file, Supplier<JsonNode> tree) {
    JsonNode root;
    try {
      root = tree.get();
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "is not valid JSON: " + reason(e), e);
    }
    if (root instanceof ObjectNode object) {
      return object;
    }
    throw new BadCheckpointException(
        file, "holds a JSON " + root.getNodeType() + " where an object is expected");
  }

  /// What Jackson found wrong, with the byte; it may quote the input, so it is escaped.
  static String reason(JacksonException e) {
    String reason = BadCheckpointException.quoted(String.valueOf(e.getOriginalMessage()));
    return e.getLocation() == null
        ? reason
        : reason + " at byte " + e.getLocation().getByteOffset();
  }
}
