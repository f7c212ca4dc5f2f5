package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The small files beside `tokenizer.json`, with the precedence transformers gives them: template
/// files win over the configuration, `special_tokens_map.json` counts only where the configuration
/// lists no added tokens.
final class TokenizerFiles {
  static final long TOKENIZER_BYTES = 256L << 20;
  private static final long SMALL_BYTES = 32L << 20;
  private static final long TEMPLATE_BYTES = 1L << 20;
  private static final int MOST_TEMPLATES = 64;
  private static final String PIECES = "sentencepiece.bpe.model";
  private static final JsonMapper JSON = new JsonMapper();

  private final Path directory;
  private final JsonNode configuration;

  TokenizerFiles(Path directory) throws IOException {
    this.directory = directory;
    this.configuration = json("tokenizer_config.json");
  }

  /// The text of `tokenizer.json`, or of the one that a translator's SentencePiece model stands
  /// for.
  String tokenizer() throws IOException {
    Path file = directory.resolve("tokenizer.json");
    if (Files.isRegularFile(file)) {
      return text(file, TOKENIZER_BYTES);
    }
    Path pieces = directory.resolve(PIECES);
    String kind = configuration.path("tokenizer_class").asString("");
    boolean m2m100 = kind.startsWith("M2M100Tokenizer");
    if (Files.isRegularFile(pieces) && (m2m100 || kind.startsWith("NllbTokenizer"))) {
      SentencePieceModel model = SentencePieceModel.read(pieces);
      return m2m100
          ? SentencePieceTokenizer.m2m100(pieces, model, ids("vocab.json"))
          : SentencePieceTokenizer.nllb(pieces, model);
    }
    throw new BadCheckpointException(file, missing());
  }

  /// The SentencePiece model of LingoLite's tokenizer, whose configuration names it.
  Optional<Path> lingoLite() {
    String prefix = configuration.path("model_prefix").asString("");
    String name = prefix.substring(1 + Math.max(prefix.lastIndexOf('/'), prefix.lastIndexOf('\\')));
    Path file = directory.resolve(name + ".model");
    boolean there = !name.isEmpty() && Files.isRegularFile(file);
    return there ? Optional.of(file) : Optional.empty();
  }

  private Map<String, Integer> ids(String name) throws IOException {
    var ids = new LinkedHashMap<String, Integer>();
    json(name).properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
    return ids;
  }

  private String missing() throws IOException {
    String how =
        "write it once with transformers: AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)";
    for (String model : List.of("tokenizer.model", "spiece.model", PIECES)) {
      if (Files.exists(directory.resolve(model))) {
        return "missing; " + model + " alone is not read. To convert it, " + how;
      }
    }
    return "missing; a model needs its tokenizer.json to read text. Copy it from the source, or "
        + how;
  }

  boolean cleansUpSpaces() {
    return configuration.path("clean_up_tokenization_spaces").asBoolean(false);
  }

  /// Whether NLLB's language is to stand behind a text, as in models made before July 2023.
  boolean legacyLanguages() {
    return configuration.path("legacy_behaviour").asBoolean(false);
  }

  /// Named special tokens (`bos_token`, `eos_token`, …) as text, in the order of the files.
  Map<String, String> namedTokens() throws IOException {
    var named = new LinkedHashMap<String, String>();
    collectNamed(configuration, named);
    if (!configuration.has("added_tokens_decoder")) {
      collectNamed(json("special_tokens_map.json"), named);
    }
    return named;
  }

  private static void collectNamed(JsonNode source, Map<String, String> named) {
    for (Map.Entry<String, JsonNode> entry : source.properties()) {
      JsonNode value = entry.getValue();
      JsonNode content = value.isObject() ? value.path("content") : value;
      if (entry.getKey().endsWith("_token") && content.isString()) {
        named.put(entry.getKey(), content.asString());
      }
    }
  }

  /// End-of-text ids of the generation settings, or of the model's configuration without those.
  TreeSet<Integer> endIds() throws IOException {
    var ids = new TreeSet<Integer>();
    for (String name : List.of("generation_config.json", "config.json")) {
      JsonNode value = json(name).path("eos_token_id");
      if (value.isIntegralNumber()) {
        ids.add(value.asInt());
      }
      for (JsonNode id : value) {
        ids.add(id.asInt());
      }
      if (!ids.isEmpty()) {
        break;
      }
    }
    return ids;
  }

  /// Chat templates by name; the one without a name is `default`. Empty when there is none.
  Map<String, String> chatTemplates() throws IOException {
    Map<String, String> fromFiles = templateFiles();
    if (!fromFiles.isEmpty()) {
      return fromFiles;
    }
    var templates = new LinkedHashMap<String, String>();
    JsonNode value = configuration.path("chat_template");
    if (value.isString()) {
      templates.put("default", value.asString());
    }
    for (JsonNode named : value) {
      templates.put(named.path("name").asString("default"), named.path("template").asString(""));
    }
    return templates;
  }

  private Map<String, String> templateFiles() throws IOException {
    var templates = new LinkedHashMap<String, String>();
    Path single = directory.resolve("chat_template.jinja");
    if (Files.isRegularFile(single)) {
      templates.put("default", text(single, TEMPLATE_BYTES));
    }
    for (String folder : List.of("additional_chat_templates", "chat_templates")) {
      for (Path file : listed(directory.resolve(folder))) {
        String name = file.getFileName().toString();
        templates.putIfAbsent(
            name.substring(0, name.length() - ".jinja".length()), text(file, TEMPLATE_BYTES));
      }
    }
    return templates;
  }

  private static List<Path> listed(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found =
          new ArrayList<>(
              files
                  .filter(f -> f.toString().endsWith(".jinja") && Files.isRegularFile(f))
                  .limit(MOST_TEMPLATES + 1)
                  .toList());
      if (found.size() > MOST_TEMPLATES) {
        throw new BadCheckpointException(
            folder, "more than %d templates".formatted(MOST_TEMPLATES));
      }
      found.sort(null);
      return found;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private JsonNode json(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.isRegularFile(file)) {
      return JSON.createObjectNode();
    }
    try {
      JsonNode node = JSON.readTree(text(file, SMALL_BYTES));
      if (!node.isObject()) {
        throw new BadCheckpointException(file, "expected a JSON object");
      }
      return node;
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "not readable as JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static String text(Path file, long limit) throws IOException {
    long size = Files.size(file);
    if (size > limit) {
      throw new BadCheckpointException(
          file, "%,d bytes, more than the %,d allowed".formatted(size, limit));
    }
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new BadCheckpointException(file, "not UTF-8", e);
    }
  }
}
