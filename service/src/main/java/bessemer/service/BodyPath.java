package bessemer.service;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;

/// Where in a JSON body something is wrong, as `files[2].bytes`.
public final class BodyPath {
  private BodyPath() {}

  /// Null when the body is no JSON at all.
  public static @Nullable String of(JacksonException failure) {
    if (!(failure instanceof DatabindException) || failure.getPath().isEmpty()) {
      return null;
    }
    return failure.getPath().stream()
        .map(at ->
            at.getPropertyName() == null ? "[" + at.getIndex() + "]" : "." + at.getPropertyName())
        .collect(Collectors.joining())
        .replaceFirst("^\\.", "");
  }
}
