package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What this side needs to know of a `tokenizer.json`: the token of each id, the special ones, the
/// kind of model and whether bytes stand for missing characters. Read in one pass that skips the
/// merges, which are most of the file.
final class Vocabulary {
  private static final int LARGEST_ID = 1 << 24;
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Path file;
  private final List<@Nullable String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<Integer> special = new HashSet<>();
  private String model = "";
  private boolean byteFallback;

  private Vocabulary(Path file) {
    this.file = file;
  }

  static Vocabulary read(Path file, String json) {
    var vocabulary = new Vocabulary(file);
    try (JsonParser parser = JSON.createParser(json)) {
      vocabulary.readDocument(parser);
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "not readable as JSON: " + e.getOriginalMessage(), e);
    }
    if (vocabulary.tokens.isEmpty()) {
      throw new BadCheckpointException(file, "no vocabulary found under \"model.vocab\"");
    }
    return vocabulary;
  }

  /// That of a unigram model.
  static Vocabulary of(Path file, SentencePieceModel model) {
    var vocabulary = new Vocabulary(file);
    vocabulary.model = "Unigram";
    for (int id = 0; id < model.pieces().size(); id++) {
      SentencePieceModel.Piece piece = model.pieces().get(id);
      vocabulary.put(id, piece.text());
      if (UnigramTokenizer.special(piece.type())) {
        vocabulary.special.add(id);
      }
    }
    return vocabulary;
  }

  private void readDocument(JsonParser parser) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new BadCheckpointException(file, "expected a JSON object");
    }
    JsonNode added = JSON.createArrayNode();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "added_tokens" -> added = JSON.readTree(parser);
        case "decoder" -> byteFallback = usesByteFallback(JSON.readTree(parser), 0);
        case "model" -> readModel(parser);
        default -> parser.skipChildren();
      }
    }
    for (JsonNode token : added) {
      int id = token.path("id").asInt(-1);
      put(id, token.path("content").asString(""));
      if (token.path("special").asBoolean(false)) {
        special.add(id);
      }
    }
  }

  private void readModel(JsonParser parser) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new BadCheckpointException(file, "\"model\": expected an object");
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "type" -> model = parser.getString();
        case "vocab" -> readVocabulary(parser, value);
        default -> parser.skipChildren();
      }
    }
  }

  /// An object of token to id (BPE, WordPiece, word level) or an array of `[token, score]`.
  private void readVocabulary(JsonParser parser, JsonToken start) {
    if (start == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String token = parser.currentName();
        parser.nextToken();
        put(parser.getIntValue(), token);
      }
    } else if (start == JsonToken.START_ARRAY) {
      for (int id = 0; parser.nextToken() != JsonToken.END_ARRAY; id++) {
        JsonNode pair = JSON.readTree(parser);
        put(id, pair.path(0).asString(""));
      }
    } else {
      throw new BadCheckpointException(file, "\"model.vocab\": expected an object or an array");
    }
  }

  private void put(int id, String token) {
    if (id < 0 || id > LARGEST_ID) {
      throw new BadCheckpointException(
          file,
          "token %s has id %d, expected 0 to %d"
              .formatted(BadCheckpointException.quoted(token), id, LARGEST_ID));
    }
    while (tokens.size() <= id) {
      tokens.add(null);
    }
    tokens.set(id, token);
    ids.put(token, id);
  }

  private static boolean usesByteFallback(JsonNode decoder, int depth) {
    if (decoder.path("type").asString("").equals("ByteFallback")) {
      return true;
    }
    for (JsonNode part : decoder.path("decoders")) {
      if (depth < 8 && usesByteFallback(part, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  /// One more than the largest id.
  int size() {
    return tokens.size();
  }

  /// The kind of model as the file names it: `BPE`, `Unigram`, `WordPiece`, `WordLevel`.
  String model() {
    return model;
  }

  @Nullable String token(int id) {
    return id >= 0 && id < tokens.size() ? tokens.get(id) : null;
  }

  OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  boolean isSpecial(int id) {
    return special.contains(id);
  }

  Set<Integer> special() {
    return Set.copyOf(special);
  }

  /// Whether `id` stands for one byte (`<0xE2>`), of which the decoder joins runs to characters.
  boolean isByte(int id) {
    if (!byteFallback) {
      return false;
    }
    String token = Objects.requireNonNullElse(token(id), "");
    return token.length() == 6
        && token.startsWith("<0x")
        && token.endsWith(">")
        && Character.digit(token.charAt(3), 16) >= 0
        && Character.digit(token.charAt(4), 16) >= 0;
  }
}
