package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/// Which characters SentencePiece replaces before anything else, as its models hold it: a trie over
/// UTF-8 in the double array of Darts-clone, and the replacements, each with a zero at its end.
final class CharsMap {
  /// A beginning of a text and what replaces it.
  ///
  /// @param length of the beginning in bytes; 0 where nothing is replaced
  record Match(int length, byte[] replacement) {
    static final Match NONE = new Match(0, new byte[0]);
  }

  private final int[] units;
  private final byte[] replacements;

  /// @param map as a model holds it; nothing is replaced where it is empty
  CharsMap(Path file, byte[] map) {
    if (map.length == 0) {
      units = new int[0];
      replacements = new byte[0];
      return;
    }
    ByteBuffer in = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
    long trie = map.length < Integer.BYTES ? -1 : in.getInt() & 0xFFFFFFFFL;
    if (trie < 0 || trie % Integer.BYTES != 0 || trie > in.remaining()) {
      throw new BadCheckpointException(
          file,
          "not a SentencePiece model: its map of characters has %d bytes, of which %d are a trie"
              .formatted(map.length, trie));
    }
    units = new int[(int) trie / Integer.BYTES];
    in.asIntBuffer().get(units);
    replacements = Arrays.copyOfRange(map, Integer.BYTES + (int) trie, map.length);
  }

  /// The longest beginning of the text from `at` on that is replaced.
  Match match(byte[] text, int at) {
    int length = 0;
    int replacement = 0;
    int node = units.length == 0 ? -1 : offset(units[0]);
    for (int i = at; i < text.length && node >= 0; i++) {
      int label = text[i] & 0xFF;
      node ^= label;
      if (node >= units.length || label(units[node]) != label) {
        break;
      }
      int unit = units[node];
      node ^= offset(unit);
      if (hasLeaf(unit) && node < units.length) {
        length = i + 1 - at;
        replacement = units[node] & Integer.MAX_VALUE;
      }
    }
    return length == 0 ? Match.NONE : new Match(length, replacement(replacement));
  }

  private byte[] replacement(int from) {
    int to = from;
    while (to < replacements.length && replacements[to] != 0) {
      to++;
    }
    return to < replacements.length ? Arrays.copyOfRange(replacements, from, to) : new byte[0];
  }

  /// Negative for a unit that is a value, which no text leads to.
  private static int label(int unit) {
    return unit & 0x800000FF;
  }

  private static boolean hasLeaf(int unit) {
    return (unit >>> 8 & 1) == 1;
  }

  private static int offset(int unit) {
    return unit >>> 10 << ((unit & 1 << 9) >>> 6);
  }
}
