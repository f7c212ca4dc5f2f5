package bessemer.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Help.Ansi;

/// Where commands write: results to `out`, all talk (progress, notes, errors) to `err`.
///
/// @param terminal whether `err` is a terminal that a person looks at
/// @param coloured whether `out` is one
record Console(PrintStream out, PrintStream err, boolean terminal, boolean coloured) {
  private static final int STANDARD_ERROR = 2;
  private static final int COPY = 3;

  /// The process's streams. The launcher keeps the real standard error at descriptor 3 (the JVM
  /// writes its own announcements to the other) and says which streams are terminals.
  static Console system() {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    return new Console(
        out,
        standardError(),
        Boolean.getBoolean("bessemer.terminal"),
        Boolean.getBoolean("bessemer.terminal.out"));
  }

  /// Only the launcher knows that descriptor 3 is a copy of standard error: in a process that it
  /// did not start, that number belongs to whatever the JVM opened first, such as its own modules
  /// file.
  private static PrintStream standardError() {
    if (!Boolean.getBoolean("bessemer.stderr")) {
      return System.err;
    }
    Path copy = Path.of("/dev/fd/" + COPY);
    if (Files.isRegularFile(copy)) {
      restore();
      return stream(new FileOutputStream(FileDescriptor.err));
    }
    try {
      return stream(new FileOutputStream(copy.toString(), true));
    } catch (IOException e) {
      return System.err; // closed
    }
  }

  private static PrintStream stream(FileOutputStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  /// Gives standard error its own descriptor back. Linux opens a file anew by the name of its
  /// descriptor, with a place of its own in it: whoever shares the file (`>log 2>&1`) would write
  /// over what is said. Terminals and pipes have no places, and go without this call's time.
  private static void restore() {
    var linker = Linker.nativeLinker();
    var type =
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    try {
      var dup2 = linker.downcallHandle(linker.defaultLookup().findOrThrow("dup2"), type);
      int result = (int) dup2.invokeExact(COPY, STANDARD_ERROR);
      if (result != STANDARD_ERROR) {
        throw new IllegalStateException("dup2 answered " + result);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
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
    return styled("bold", text);
  }

  /// Text for `out`.
  ///
  /// @param style of picocli, such as `red`
  String styled(String style, String text) {
    return coloured ? Ansi.ON.string("@|" + style + " " + text + "|@") : text;
  }
}
