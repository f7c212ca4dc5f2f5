package bessemer.conversion.sources;

import bessemer.contracts.InvalidFieldException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which bytes of a file a body holds.
///
/// @param from of the first
/// @param end after the last
/// @param restart whether what came before is thrown away
record ByteRange(long from, long end, boolean restart) {
  private static final String FIELD = "Content-Range";
  private static final Pattern FORM =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

  /// Of `Content-Range: bytes a-b/total`; without the header the body is the whole file.
  ///
  /// @param bytes that were declared
  /// @throws InvalidFieldException if it says anything else, or another total
  static ByteRange of(@Nullable String header, long bytes) {
    if (header == null) {
      return new ByteRange(0, bytes, true);
    }
    Matcher range = FORM.matcher(header.strip());
    if (!range.matches()) {
      throw new InvalidFieldException(
          FIELD, "'%s' must be bytes FIRST-LAST/TOTAL".formatted(header));
    }
    long from = Long.parseLong(range.group(1));
    long end = Long.parseLong(range.group(2)) + 1;
    if (Long.parseLong(range.group(3)) != bytes) {
      throw new InvalidFieldException(
          FIELD, "'%s': the file was declared with %d bytes".formatted(header, bytes));
    }
    if (from >= end || end > bytes) {
      throw new InvalidFieldException(
          FIELD, "'%s' is not a range of a file of %d bytes".formatted(header, bytes));
    }
    return new ByteRange(from, end, false);
  }

  long length() {
    return end - from;
  }
}
