package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.text.SentencePieceModel.Piece;
import bessemer.checkpoint.text.SentencePieceModel.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// SentencePiece's unigram model: of all ways to cut a text into pieces the likeliest one. Its
/// marks, `</s>` for one, are never read out of a text; symbols that its user defined are.
final class UnigramTokenizer implements Segmenter {
  /// What a character that is no piece costs beyond the unlikeliest piece.
  private static final float UNKNOWN_PENALTY = 10;

  /// SentencePiece means to give symbols a bonus by their length; what they get is this.
  private static final double SYMBOL_SCORE = -0.1;

  private static final String SPACE = "\u2581";
  private static final String UNKNOWN_TEXT = " \u2047 ";

  private final Normalizer normalizer;
  private final List<Piece> pieces;
  private final boolean spaceBefore;
  private final boolean spacesCollapsed;
  private final Map<String, Integer> ids = new HashMap<>();
  private final int unknown;
  private final float unknownScore;
  private int longest;

  UnigramTokenizer(Path file, SentencePieceModel model) {
    require(file, model);
    this.normalizer = new Normalizer(file, model);
    this.pieces = model.pieces();
    this.spaceBefore = model.spaces().prefix();
    this.spacesCollapsed = model.spaces().collapsed();
    int unknownId = -1;
    float least = Float.MAX_VALUE;
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      switch (piece.type()) {
        case UNKNOWN -> unknownId = id;
        case NORMAL, USER_DEFINED -> {
          ids.putIfAbsent(piece.text(), id);
          longest = Math.max(longest, piece.text().length());
        }
        case CONTROL, UNUSED, BYTE -> {}
      }
      least = piece.type() == Type.NORMAL ? Math.min(least, piece.score()) : least;
    }
    if (unknownId < 0) {
      throw new BadCheckpointException(file, "has no piece for what is unknown");
    }
    this.unknown = unknownId;
    this.unknownScore = least - UNKNOWN_PENALTY;
  }

  private static void require(Path file, SentencePieceModel model) {
    if (model.kind() != SentencePieceModel.UNIGRAM) {
      throw new BadCheckpointException(
          file, "is of kind " + model.kind() + "; only unigram models (1) are read");
    }
    boolean bytes = model.pieces().stream().anyMatch(piece -> piece.type() == Type.BYTE);
    if (bytes || !model.spaces().escaped() || model.spaces().behind()) {
      throw new BadCheckpointException(
          file, "spells characters by bytes, or has its spaces behind words, which is not read");
    }
  }

  /// The best way to cut what lies before a place.
  private static final class Way {
    private float score;
    private int from = -1;
    private int piece;
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    String normalized = normalizer.normalize(wellFormed(text));
    Way[] ends = new Way[normalized.length() + 1];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = new Way();
    }
    for (int at = 0; at < normalized.length(); ) {
      int next = normalized.offsetByCodePoints(at, 1);
      boolean known = false;
      int most = Math.min(normalized.length(), at + longest);
      for (int to = next; to <= most; to = beyond(normalized, to)) {
        Integer piece = ids.get(normalized.substring(at, to));
        if (piece != null) {
          known |= to == next;
          offer(ends[to], at, piece, score(piece) + ends[at].score);
        }
      }
      if (!known) {
        offer(ends[next], at, unknown, unknownScore + ends[at].score);
      }
      at = next;
    }
    return backwards(ends);
  }

  private static int beyond(String text, int at) {
    return at == text.length() ? at + 1 : text.offsetByCodePoints(at, 1);
  }

  private double score(int piece) {
    Piece found = pieces.get(piece);
    return found.type() == Type.USER_DEFINED ? SYMBOL_SCORE : found.score();
  }

  private static void offer(Way end, int from, int piece, double score) {
    if (end.from < 0 || score > end.score) {
      end.from = from;
      end.piece = piece;
      end.score = (float) score;
    }
  }

  /// A run of unknown characters is one token.
  private int[] backwards(Way[] ends) {
    List<Integer> found = new ArrayList<>();
    for (int at = ends.length - 1; at > 0; at = ends[at].from) {
      int piece = ends[at].piece;
      if (piece != unknown || found.isEmpty() || found.getLast() != unknown) {
        found.add(piece);
      }
    }
    Collections.reverse(found);
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public String decode(int[] tokens, int from, int to, boolean skipSpecialTokens) {
    var text = new StringBuilder();
    boolean begun = false;
    for (int i = from; i < to; i++) {
      if (tokens[i] < 0 || tokens[i] >= pieces.size()) {
        continue;
      }
      Piece piece = pieces.get(tokens[i]);
      boolean special = special(piece.type());
      if (special && (skipSpecialTokens || piece.type() == Type.CONTROL)) {
        continue;
      }
      String words = piece.type() == Type.UNKNOWN ? UNKNOWN_TEXT : piece.text();
      if (!begun && (spaceBefore || spacesCollapsed) && words.startsWith(SPACE)) {
        words = words.substring(SPACE.length());
        begun = !spacesCollapsed;
      }
      text.append(words.replace(SPACE, " "));
      begun |= !text.isEmpty();
    }
    return text.toString();
  }

  static boolean special(Type type) {
    return switch (type) {
      case UNKNOWN, CONTROL, USER_DEFINED -> true;
      case NORMAL, UNUSED, BYTE -> false;
    };
  }

  /// Half a surrogate pair becomes U+FFFD.
  private static String wellFormed(String text) {
    byte[] utf16 = text.getBytes(StandardCharsets.UTF_16LE); // writes U+FFFD for such halves
    return new String(utf16, StandardCharsets.UTF_16LE);
  }

  /// Nothing to let go.
  @Override
  public void close() {}
}
