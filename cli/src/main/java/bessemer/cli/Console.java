package bessemer.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Help.Ansi;

/// Where commands write: results to `out`, all talk (progress, notes, errors) to `err`.
///
/// @param terminal whether `err` is a terminal that a person looks at
record Console(PrintStream out, PrintStream err, boolean terminal) {

  /// The process's streams. The launcher keeps the real standard error at descriptor 3 (the JVM
  /// writes its own announcements to the other) and says whether it is a terminal.
  static Console system() {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    return new Console(out, standardError(), Boolean.getBoolean("bessemer.terminal"));
  }

  /// Only the launcher knows that descriptor 3 is a copy of standard error: in a process that it
  /// did not start, that number belongs to whatever the JVM opened first, such as its own modules
  /// file.
  private static PrintStream standardError() {
    String copy = System.getProperty("bessemer.stderr");
    if (copy != null) {
      try {
        // Appending: the descriptor may be a file that others write to as well.
        return new PrintStream(new FileOutputStream(copy, true), true, StandardCharsets.UTF_8);
      } catch (IOException e) {
        return System.err; // closed
      }
    }
    return System.err;
  }

  /// A line of talk.
  void note(String line) {
    err.println(line);
  }

  void error(String line) {
    err.println(terminal ? Ansi.ON.string("@|bold,red error:|@ ") + line : "error: " + line);
  }

  /// Text for `out`, emphasised where a person looks at it.
  String strong(String text) {
    return terminal ? Ansi.ON.string("@|bold " + text + "|@") : text;
  }
}
