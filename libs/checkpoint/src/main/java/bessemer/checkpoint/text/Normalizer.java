package bessemer.checkpoint.text;

import bessemer.checkpoint.text.SentencePieceModel.Piece;
import bessemer.checkpoint.text.SentencePieceModel.Spaces;
import bessemer.checkpoint.text.SentencePieceModel.Type;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A text as SentencePiece sees it before it looks for pieces: characters replaced by the model's
/// map, spaces collapsed and written as U+2581, one of them put at the beginning. Symbols that the
/// model's user defined stay as they are.
final class Normalizer {
  private static final byte[] SPACE = utf8("\u2581");
  private static final byte[] PLAIN_SPACE = {' '};

  private final CharsMap map;
  private final Spaces spaces;
  private final List<byte[]> symbols; // the longest first

  Normalizer(Path file, SentencePieceModel model) {
    this.map = new CharsMap(file, model.charsMap());
    this.spaces = model.spaces();
    this.symbols =
        model.pieces().stream()
            .filter(piece -> piece.type() == Type.USER_DEFINED)
            .map(Piece::text)
            .filter(text -> !text.isEmpty())
            .map(Normalizer::utf8)
            .sorted(Comparator.comparingInt((byte[] symbol) -> symbol.length).reversed())
            .toList();
  }

  /// Part of a text and what becomes of it.
  private record Part(int length, byte[] becomes) {}

  /// @param text of whole characters
  String normalize(String text) {
    byte[] in = utf8(text);
    int at = 0;
    while (spaces.collapsed() && at < in.length) {
      Part part = part(in, at);
      if (!Arrays.equals(part.becomes, PLAIN_SPACE)) {
        break;
      }
      at += part.length;
    }
    if (at == in.length) {
      return "";
    }
    var out = new ByteArrayOutputStream();
    if (spaces.prefix()) {
      out.writeBytes(SPACE);
    }
    boolean space = spaces.collapsed();
    while (at < in.length) {
      Part part = part(in, at);
      space = append(part.becomes, space, out) && spaces.collapsed();
      at += part.length;
    }
    String normalized = out.toString(StandardCharsets.UTF_8);
    return spaces.collapsed() ? withoutSpaceAtTheEnd(normalized) : normalized;
  }

  private static String withoutSpaceAtTheEnd(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '\u2581') {
      end--;
    }
    return text.substring(0, end);
  }

  /// Whether what is there now ends with a space.
  private static boolean append(byte[] bytes, boolean space, ByteArrayOutputStream out) {
    int from = 0;
    while (space && from < bytes.length && bytes[from] == ' ') {
      from++;
    }
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == ' ') {
        out.writeBytes(SPACE);
      } else {
        out.write(bytes[i]);
      }
    }
    return from == bytes.length ? space : bytes[bytes.length - 1] == ' ';
  }

  private Part part(byte[] in, int at) {
    for (byte[] symbol : symbols) {
      int end = at + symbol.length;
      if (end <= in.length && Arrays.equals(in, at, end, symbol, 0, symbol.length)) {
        return new Part(symbol.length, symbol);
      }
    }
    CharsMap.Match match = map.match(in, at);
    if (match.length() > 0) {
      return new Part(match.length(), match.replacement());
    }
    int length = length(in[at]);
    return new Part(length, Arrays.copyOfRange(in, at, at + length));
  }

  /// Bytes of the character that begins with this one.
  private static int length(byte first) {
    int ones = Integer.numberOfLeadingZeros(~first << 24);
    return ones == 0 ? 1 : ones;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
