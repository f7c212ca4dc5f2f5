package bessemer.inference.openai;

import bessemer.inference.openai.Asked.Input;
import bessemer.inference.web.Fields;
import bessemer.inference.web.Refusal;
import bessemer.models.generation.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the bodies of both endpoints.
final class Asking {
  private static final int MOST_STOPS = 4;
  private static final int COMPLETION_TOKENS = 16; // OpenAI's default

  private static final Set<String> SHARED =
      Set.of(
          "model",
          "max_tokens",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "repetition_penalty",
          "seed",
          "stop",
          "stream",
          "stream_options",
          "n",
          "logprobs",
          "logit_bias",
          "frequency_penalty",
          "presence_penalty",
          "ignore_eos");
  private static final Set<String> CHAT =
      with(
          "messages",
          "max_completion_tokens",
          "top_logprobs",
          "tools",
          "tool_choice",
          "functions",
          "function_call",
          "response_format",
          "modalities",
          "audio",
          "chat_template_kwargs");
  private static final Set<String> TEXT = with("prompt", "echo", "best_of", "suffix");

  /// Change nothing about the answer.
  private static final Set<String> IGNORED =
      Set.of(
          "user",
          "metadata",
          "store",
          "service_tier",
          "parallel_tool_calls",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention");

  private final LongSupplier seeds;

  /// @param seeds for requests without one
  Asking(LongSupplier seeds) {
    this.seeds = seeds;
  }

  private static Set<String> with(String... names) {
    Set<String> all = new java.util.HashSet<>(SHARED);
    all.addAll(List.of(names));
    return Set.copyOf(all);
  }

  /// @throws Refusal if the body asks for something that is wrong or that we do not do
  Asked chat(byte[] body) {
    Fields fields = Fields.parse(body);
    fields.only(CHAT, IGNORED);
    fields.unsupported("logprobs", Asking::isOff, "is not supported");
    fields.unsupported("top_logprobs", Asking::isOff, "is not supported");
    fields.unsupported("tools", Asking::isEmpty, "are not supported");
    fields.unsupported("functions", Asking::isEmpty, "are not supported");
    fields.unsupported("tool_choice", Asking::isPlain, "is not supported: there are no tools");
    fields.unsupported("function_call", Asking::isPlain, "is not supported: there are no tools");
    fields.unsupported("audio", _ -> false, "is not supported");
    fields.unsupported("modalities", Asking::isText, "must be [\"text\"]");
    fields.unsupported("response_format", Asking::isTextFormat, "must be {\"type\": \"text\"}");
    long most = fields.integer("max_tokens", 1, Integer.MAX_VALUE, 0);
    most = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE, most);
    return asked(fields, Inputs.chat(fields), (int) most);
  }

  /// @throws Refusal if the body asks for something that is wrong or that we do not do
  Asked text(byte[] body) {
    Fields fields = Fields.parse(body);
    fields.only(TEXT, IGNORED);
    fields.unsupported("logprobs", value -> value.isBoolean() && isOff(value), "is not supported");
    fields.unsupported("echo", Asking::isOff, "is not supported");
    fields.unsupported("suffix", value -> value.isString() && isEmpty(value), "is not supported");
    fields.unsupported("best_of", Asking::isOne, "must be 1");
    long most = fields.integer("max_tokens", 1, Integer.MAX_VALUE, COMPLETION_TOKENS);
    return asked(fields, Inputs.prompts(fields.need("prompt")), (int) most);
  }

  private Asked asked(Fields fields, Input input, int maxTokens) {
    fields.unsupported("n", Asking::isOne, "must be 1: ask again for another answer");
    fields.unsupported("logit_bias", Asking::isEmpty, "is not supported");
    fields.unsupported("frequency_penalty", Asking::isOff, "is not supported");
    fields.unsupported("presence_penalty", Asking::isOff, "is not supported");
    boolean stream = fields.flag("stream", false);
    return new Asked(
        fields.text("model"),
        input,
        maxTokens,
        sampling(fields),
        stops(fields.find("stop")),
        fields.flag("ignore_eos", false),
        stream,
        includeUsage(fields, stream));
  }

  private Sampling sampling(Fields fields) {
    float topP = (float) fields.number("top_p", 0, 1, 1);
    float penalty = (float) fields.number("repetition_penalty", 0, 10, 1);
    if (topP == 0) {
      throw Refusal.value("top_p", "is 0, must be above; temperature 0 takes the most likely");
    }
    if (penalty == 0) {
      throw Refusal.value("repetition_penalty", "is 0, must be above; 1 changes nothing");
    }
    JsonNode seed = fields.find("seed");
    return new Sampling(
        penalty,
        (float) fields.number("temperature", 0, 2, 1),
        (int) fields.integer("top_k", 0, Integer.MAX_VALUE, 0),
        topP,
        (float) fields.number("min_p", 0, 1, 0),
        seed == null
            ? seeds.getAsLong()
            : Fields.integer(seed, "seed", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static boolean includeUsage(Fields fields, boolean stream) {
    JsonNode options = fields.find("stream_options");
    if (options == null) {
      return false;
    }
    if (!stream) {
      throw Refusal.value("stream_options", "is only for 'stream': true");
    }
    Fields inner = new Fields(options, "stream_options.");
    inner.only(Set.of("include_usage", "include_obfuscation"), Set.of());
    inner.unsupported("include_obfuscation", Asking::isOff, "is not supported");
    return inner.flag("include_usage", false);
  }

  private static List<String> stops(@Nullable JsonNode stop) {
    if (stop == null) {
      return List.of();
    }
    List<String> stops = new ArrayList<>();
    if (stop.isArray()) {
      for (int i = 0; i < stop.size(); i++) {
        stops.add(Fields.text(stop.get(i), "stop[" + i + "]"));
      }
    } else if (stop.isString()) {
      stops.add(stop.stringValue());
    } else {
      throw Fields.type("stop", "a string or a list of strings", stop);
    }
    if (stops.size() > MOST_STOPS) {
      throw Refusal.value("stop", "has %d strings, at most 4 are allowed".formatted(stops.size()));
    }
    if (stops.contains("")) {
      throw Refusal.value("stop", "has an empty string: it would end every text");
    }
    return stops;
  }

  private static boolean isOff(JsonNode value) {
    return (value.isBoolean() && !value.booleanValue())
        || (value.isNumber() && value.doubleValue() == 0);
  }

  private static boolean isOne(JsonNode value) {
    return value.isNumber() && value.doubleValue() == 1;
  }

  static boolean isEmpty(JsonNode value) {
    return (value.isContainer() && value.isEmpty())
        || (value.isString() && value.stringValue().isEmpty());
  }

  private static boolean isPlain(JsonNode value) {
    return value.isString() && Set.of("none", "auto").contains(value.stringValue());
  }

  private static boolean isText(JsonNode value) {
    return value.isArray() && value.size() == 1 && value.get(0).asString("").equals("text");
  }

  private static boolean isTextFormat(JsonNode value) {
    return value.isObject() && value.path("type").asString("").equals("text");
  }
}
