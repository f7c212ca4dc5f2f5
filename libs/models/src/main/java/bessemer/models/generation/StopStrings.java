package bessemer.models.generation;

import java.util.List;

/// Holds text back for as long as it may be the beginning of a stop string, which may span tokens.
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  /// @param stops none empty
  StopStrings(List<String> stops) {
    this.stops = stops;
  }

  /// Whether a stop string came. Nothing is released after it.
  boolean found() {
    return found;
  }

  /// Takes text and returns what cannot be part of a stop string any more.
  String add(String text) {
    if (found) {
      return "";
    }
    held.append(text);
    int end = held.length();
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0) {
        found = true;
        end = Math.min(end, at);
      }
    }
    return release(found ? end : held.length() - undecided());
  }

  /// What was held back, when nothing follows.
  String finish() {
    return found ? "" : release(held.length());
  }

  private String release(int count) {
    String released = held.substring(0, count);
    held.delete(0, count);
    return released;
  }

  /// Length of the longest end of the text that begins a stop string.
  private int undecided() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (begins(stop, n)) {
          longest = n;
        }
      }
    }
    return longest;
  }

  private boolean begins(String stop, int count) {
    int from = held.length() - count;
    for (int i = 0; i < count; i++) {
      if (held.charAt(from + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
