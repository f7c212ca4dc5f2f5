package bessemer.inference.translation;

import bessemer.contracts.TranslationRequest;
import bessemer.inference.web.Fields;
import bessemer.inference.web.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the body of a translation, checked but for what only the model knows.
final class Asking {
  static final int MOST_TEXTS = 1024;
  static final int MOST_CHARACTERS = 200_000;
  static final int MOST_BEAMS = 16;

  private static final int MOST_TOKENS = 1 << 20; // the model knows better
  private static final double MOST_TEMPERATURE = 100;
  private static final double LEAST_TOP_P = 1e-6;
  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "text",
          "texts",
          "source_lang",
          "target_lang",
          "beams",
          "max_tokens",
          "length_penalty",
          "no_repeat_ngram",
          "temperature",
          "top_k",
          "top_p",
          "seed",
          "split",
          "stream");

  private Asking() {}

  /// @throws Refusal if the body asks for something that is wrong
  static TranslationRequest of(byte[] body) {
    Fields fields = Fields.parse(body);
    fields.only(KNOWN, Set.of());
    String model = fields.text("model");
    JsonNode text = fields.find("text");
    JsonNode texts = fields.find("texts");
    if ((text == null) == (texts == null)) {
      throw new Refusal(
          text == null
              ? "'text' is missing: give one text, or several in 'texts'"
              : "'texts' is given beside 'text': give one of them",
          text == null ? "text" : "texts",
          "invalid_value");
    }
    return new TranslationRequest(
        model,
        text == null ? null : checked(List.of(Fields.text(text, "text")), "text").getFirst(),
        texts == null ? null : checked(list(texts), "texts"),
        language(fields, "source_lang"),
        language(fields, "target_lang"),
        integer(fields, "beams", 1, MOST_BEAMS),
        integer(fields, "max_tokens", 3, MOST_TOKENS),
        number(fields, "length_penalty", -10, 10),
        integer(fields, "no_repeat_ngram", 0, MOST_TOKENS),
        number(fields, "temperature", 0, MOST_TEMPERATURE),
        integer(fields, "top_k", 0, Integer.MAX_VALUE),
        number(fields, "top_p", LEAST_TOP_P, 1),
        seed(fields.find("seed")),
        split(fields),
        fields.flag("stream", false));
  }

  private static List<String> list(JsonNode node) {
    if (!node.isArray()) {
      throw Fields.type("texts", "a list of strings", node);
    }
    if (node.size() > MOST_TEXTS) {
      throw Refusal.value(
          "texts", "has %d texts, at most %d are allowed".formatted(node.size(), MOST_TEXTS));
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      texts.add(Fields.text(node.get(i), "texts[" + i + "]"));
    }
    return texts;
  }

  private static List<String> checked(List<String> texts, String field) {
    long characters = texts.stream().mapToLong(String::length).sum();
    if (characters > MOST_CHARACTERS) {
      throw Refusal.value(
          field,
          "has %d characters, at most %d are allowed: send them in several requests"
              .formatted(characters, MOST_CHARACTERS));
    }
    return texts;
  }

  private static String language(Fields fields, String name) {
    String language = fields.text(name);
    if (language.isBlank() || language.length() > 100) {
      throw Refusal.value(name, "is no language: give a code or an English name");
    }
    return language;
  }

  private static @Nullable Integer integer(Fields fields, String name, int least, int most) {
    JsonNode value = fields.find(name);
    return value == null ? null : (int) Fields.integer(value, name, least, most);
  }

  private static @Nullable Double number(Fields fields, String name, double least, double most) {
    return fields.find(name) == null ? null : fields.number(name, least, most, 0);
  }

  private static @Nullable Long seed(@Nullable JsonNode value) {
    return value == null ? null : Fields.integer(value, "seed", Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static @Nullable String split(Fields fields) {
    JsonNode value = fields.find("split");
    if (value == null) {
      return null;
    }
    String split = Fields.text(value, "split");
    if (!Set.of(TranslationRequest.SPLIT_LONG, TranslationRequest.SPLIT_ALL).contains(split)) {
      throw Refusal.value("split", "is '%s', must be long or all".formatted(split));
    }
    return split;
  }
}
