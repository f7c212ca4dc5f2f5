package bessemer.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SortedMap;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The content of a new index, laid out as `json.dump(…, indent=4)` of Python does it.
record IndexWriter(long bytes, long parameters, SortedMap<String, String> shardOf) {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .defaultPrettyPrinter(
              new DefaultPrettyPrinter(
                      Separators.createDefaultInstance()
                          .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                          .withObjectEmptySeparator(""))
                  .withObjectIndenter(new DefaultIndenter("    ", "\n")))
          .build();

  String write(Path file) throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    root.putObject("metadata").put("total_size", bytes).put("total_parameters", parameters);
    ObjectNode weightMap = root.putObject("weight_map");
    shardOf.forEach(weightMap::put);
    byte[] json = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    try (HashedFile out = new HashedFile(file)) {
      out.write(MemorySegment.ofArray(json));
      return out.finish();
    }
  }
}
