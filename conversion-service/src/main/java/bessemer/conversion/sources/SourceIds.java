package bessemer.conversion.sources;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// Ids as they are written: Java itself reads shorter ones too.
final class SourceIds {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private SourceIds() {}

  static Optional<UUID> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(UUID.fromString(text)) : Optional.empty();
  }
}
