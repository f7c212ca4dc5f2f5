package bessemer.checkpoint;

import java.nio.file.Path;

/// A checkpoint, index or configuration file that cannot be used as it is. The message names the
/// file, the tensor or field, the offset where there is one, and what to do about it.
public final class BadCheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int QUOTED_CHARACTERS = 160;

  public BadCheckpointException(Path file, String problem) {
    super(file + ": " + problem);
  }

  public BadCheckpointException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }

  /// `text` between quotes as it can stand in a log line: everything but printable ASCII escaped,
  /// cut when long. Names come out of files that anyone may have written.
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), QUOTED_CHARACTERS); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        quoted.append(c);
      } else {
        quoted.append("\\u%04x".formatted((int) c));
      }
    }
    quoted.append('"');
    if (text.length() > QUOTED_CHARACTERS) {
      quoted.append("… (").append(text.length()).append(" characters)");
    }
    return quoted.toString();
  }
}
