package bessemer.inference.web;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/// Shapes as bytes: fields in the order of the records, so that people can read a stream.
public final class Wire {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();
  private static final byte[] BEFORE = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

  private Wire() {}

  public static byte[] bytes(Object shape) {
    return JSON.writeValueAsBytes(shape);
  }

  /// As one event of a stream. JSON of Jackson has no line breaks.
  public static byte[] event(Object shape) {
    byte[] json = bytes(shape);
    byte[] event = Arrays.copyOf(BEFORE, BEFORE.length + json.length + 2);
    System.arraycopy(json, 0, event, BEFORE.length, json.length);
    event[event.length - 2] = '\n';
    event[event.length - 1] = '\n';
    return event;
  }

  /// As one event of this type.
  public static byte[] event(String type, Object shape) {
    byte[] line = ("event: " + type + "\n").getBytes(StandardCharsets.US_ASCII);
    return joined(List.of(line, event(shape)));
  }

  public static byte[] joined(List<byte[]> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    var all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  /// Ends every stream.
  public static byte[] done() {
    return DONE.clone();
  }
}
