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

  private static PrintStream standardError() {
    if (System.getProperty("bessemer.root") != null) {
      try {
        // Appending: the descriptor may be a file that others write to as well.
        var stream = new FileOutputStream("/dev/fd/3", true);
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
      } catch (IOException e) {
        return System.err; // started without the launcher's descriptor
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
