package bessemer.foundry.score;

import bessemer.foundry.BadRequestException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// Files of one translation a line, read as sacrebleu reads them: UTF-8, perhaps compressed
/// (`.gz`), only a line feed ends a line, white space at its end is dropped.
public final class TextLines {
  private static final int MOST_BYTES = 256 << 20; // unpacked, of text that is held as a whole

  private TextLines() {}

  /// @throws BadRequestException if the file is empty, too long or not UTF-8
  public static List<String> read(Path file) throws IOException {
    return unstripped(file).stream().map(TextLines::stripped).toList();
  }

  /// A line as it is once it was written to a file and read again.
  public static String stripped(String line) {
    return PythonText.stripEnd(line);
  }

  /// The same with the white space at the ends of lines, which separates the columns of a table.
  ///
  /// @throws BadRequestException if the file is empty, too long or not UTF-8
  public static List<String> unstripped(Path file) throws IOException {
    return unstripped(file, MOST_BYTES);
  }

  /// @param most bytes that are read, unpacked
  static List<String> unstripped(Path file, int most) throws IOException {
    byte[] bytes;
    try (InputStream in = open(file)) {
      bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw new BadRequestException(
            "%s has more than %d bytes of text: split it".formatted(file, most));
      }
    }
    if (bytes.length == 0) {
      throw new BadRequestException(file + " is empty: it needs a line for each translation");
    }
    String text = decode(bytes, file);
    List<String> lines = new ArrayList<>();
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      lines.add(text.substring(start, end));
      start = end + 1;
    }
    return lines;
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static String decode(byte[] bytes, Path file) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    if (result.isError()) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new BadRequestException(
          "%s, line %d: byte 0x%02x (number %d of the file) is not UTF-8"
              .formatted(file, line, bytes[in.position()], in.position() + 1));
    }
    return out.flip().toString();
  }
}
