package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.text.SentencePieceModel.Piece;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `tokenizer.json` of translators that come with `sentencepiece.bpe.model` alone, as
/// transformers would write it.
///
/// NLLB-200 has fairseq's ids: four special tokens, the pieces but for SentencePiece's own three,
/// the languages, `<mask>`. M2M-100 has ids of its own in `vocab.json`, and the languages after
/// them.
final class SentencePieceTokenizer {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>");
  private static final int OWN = 3; // <unk>, <s> and </s> of SentencePiece
  private static final String SPACE = "▁";

  private record Merge(String left, String right, float score) {}

  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<String, Integer> added = new LinkedHashMap<>();
  private final SentencePieceModel model;
  private final ArrayNode normalizers = JSON.createArrayNode();

  private SentencePieceTokenizer(Path file, SentencePieceModel model) {
    if (model.kind() != SentencePieceModel.BPE) {
      throw new BadCheckpointException(
          file, "is of kind " + model.kind() + "; only byte-pair encoding (2) is read");
    }
    if (model.pieces().size() <= OWN) {
      throw new BadCheckpointException(file, "has no pieces but SentencePiece's own");
    }
    this.model = model;
    if (model.charsMap().length > 0) {
      String map = Base64.getEncoder().encodeToString(model.charsMap());
      normalizers.addObject().put("type", "Precompiled").put("precompiled_charsmap", map);
    }
  }

  static String nllb(Path file, SentencePieceModel model) {
    var tokenizer = new SentencePieceTokenizer(file, model);
    SPECIAL.forEach(tokenizer::add);
    for (Piece piece : model.pieces().subList(OWN, model.pieces().size())) {
      tokenizer.ids.putIfAbsent(piece.text(), tokenizer.ids.size());
    }
    codes(true).forEach(tokenizer::addBehind);
    tokenizer.addBehind("<mask>");
    tokenizer.collapseSpaces();
    return tokenizer.json();
  }

  /// @param vocabulary the ids of `vocab.json`
  static String m2m100(Path file, SentencePieceModel model, Map<String, Integer> vocabulary) {
    var tokenizer = new SentencePieceTokenizer(file, model);
    tokenizer.ids.putAll(vocabulary);
    for (String special : SPECIAL) {
      Integer id = vocabulary.get(special);
      if (id == null) {
        throw new BadCheckpointException(file, "vocab.json beside it has no " + special);
      }
      tokenizer.added.put(special, id);
    }
    codes(false).forEach(code -> tokenizer.addBehind("__" + code + "__"));
    tokenizer
        .normalizers
        .addObject()
        .put("type", "Strip")
        .put("strip_left", true)
        .put("strip_right", true);
    tokenizer.collapseSpaces();
    return tokenizer.json();
  }

  private static List<String> codes(boolean nllb) {
    return LanguageNames.read().keySet().stream()
        .filter(code -> code.contains("_") == nllb)
        .toList();
  }

  private void add(String token) {
    added.put(token, ids.size());
    ids.put(token, ids.size());
  }

  /// A token that text alone never becomes.
  private void addBehind(String token) {
    added.put(token, ids.size() + added.size() - SPECIAL.size());
  }

  private void collapseSpaces() {
    ObjectNode collapse = normalizers.addObject().put("type", "Replace").put("content", " ");
    collapse.putObject("pattern").put("Regex", " {2,}");
  }

  private String json() {
    ObjectNode json = JSON.createObjectNode().put("version", "1.0");
    json.putNull("truncation").putNull("padding");
    ArrayNode tokens = json.putArray("added_tokens");
    added.forEach((token, id) -> tokens.add(special(token, id)));
    json.putObject("normalizer").put("type", "Sequence").set("normalizers", normalizers);
    json.set("pre_tokenizer", metaspace());
    json.putNull("post_processor");
    json.set("decoder", metaspace());
    json.set("model", encoding());
    return json.toString();
  }

  private static ObjectNode special(String token, int id) {
    return JSON.createObjectNode()
        .put("id", id)
        .put("content", token)
        .put("single_word", false)
        .put("lstrip", token.equals("<mask>"))
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
  }

  private static ObjectNode metaspace() {
    return JSON.createObjectNode()
        .put("type", "Metaspace")
        .put("replacement", SPACE)
        .put("prepend_scheme", "always")
        .put("split", true);
  }

  private ObjectNode encoding() {
    ObjectNode encoding = JSON.createObjectNode().put("type", "BPE").put("unk_token", "<unk>");
    encoding.putNull("dropout");
    encoding.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    encoding.put("fuse_unk", true).put("byte_fallback", false);
    ObjectNode vocabulary = encoding.putObject("vocab");
    ids.forEach(vocabulary::put);
    ArrayNode merges = encoding.putArray("merges");
    merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
    return encoding;
  }

  /// Every way in which two pieces make a third, that of the best score first; of one piece, the
  /// longer beginning first.
  private List<Merge> merges() {
    List<Merge> merges = new ArrayList<>();
    for (Piece piece : model.pieces().subList(OWN, model.pieces().size())) {
      String text = piece.text();
      if (!ids.containsKey(text)) {
        continue; // never met, so nothing may become it
      }
      for (int at = text.length() - 1; at > 0; at--) {
        String left = text.substring(0, at);
        String right = text.substring(at);
        if (ids.containsKey(left) && ids.containsKey(right)) {
          merges.add(new Merge(left, right, piece.score()));
        }
      }
    }
    merges.sort(Comparator.comparingDouble((Merge merge) -> merge.score()).reversed());
    return merges;
  }
}
