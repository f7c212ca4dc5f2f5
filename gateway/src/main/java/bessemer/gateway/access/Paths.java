package bessemer.gateway.access;

import bessemer.gateway.access.RefusedException.Reason;
import java.util.regex.Pattern;

/// Paths mean the same to the gateway and to the services behind it, or they are refused: nothing
/// that one of them could fold, decode or cut off.
final class Paths {
  private static final Pattern AMBIGUOUS =
      Pattern.compile("(?i)//|(^|/)\\.{1,2}(/|$)|;|\\\\|%2f|%5c|%2e|%25|%00|%0a|%0d|%3b");

  private Paths() {}

  /// @param raw as the request line has it
  /// @throws RefusedException if it could be read in two ways
  static void check(String raw) {
    if (AMBIGUOUS.matcher(raw).find()) {
      throw new RefusedException(
          Reason.PATH, "the path has '//', '..', ';' or an encoded separator, which no call needs");
    }
  }
}
