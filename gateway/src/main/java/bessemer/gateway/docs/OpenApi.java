package bessemer.gateway.docs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// The document `openapi.yaml`, as people keep it and as programs read it.
final class OpenApi {
  private static final List<String> METHODS = List.of("get", "post", "put", "delete");

  private final Map<String, Object> document;

  private OpenApi(Map<String, Object> document) {
    this.document = document;
  }

  /// One call of the document.
  ///
  /// @param scope that its key needs; empty when it needs none
  record Call(String method, String path, String tag, String summary, String about, String scope) {}

  static OpenApi read() {
    try (InputStream in = OpenApi.class.getResourceAsStream("/openapi.yaml")) {
      Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      return new OpenApi(map(read));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Map<String, Object> document() {
    return document;
  }

  /// In the order of the document.
  List<Call> calls() {
    List<Call> calls = new ArrayList<>();
    map(document.get("paths"))
        .forEach((path, item) -> {
          for (String method : METHODS) {
            Object operation = map(item).get(method);
            if (operation != null) {
              calls.add(call(method, path, map(operation)));
            }
          }
        });
    return calls;
  }

  /// The names and texts of the groups.
  Map<String, String> tags() {
    Map<String, String> tags = new LinkedHashMap<>();
    for (Object tag : (List<?>) document.getOrDefault("tags", List.of())) {
      tags.put(text(map(tag).get("name")), text(map(tag).get("description")));
    }
    return tags;
  }

  Map<String, Object> schemas() {
    return map(map(document.get("components")).get("schemas"));
  }

  private static Call call(String method, String path, Map<String, Object> operation) {
    return new Call(
        method.toUpperCase(Locale.ROOT),
        path,
        text(((List<?>) operation.getOrDefault("tags", List.of(""))).getFirst()),
        text(operation.get("summary")),
        text(operation.get("description")),
        text(operation.get("x-scope")));
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(@Nullable Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }
}
