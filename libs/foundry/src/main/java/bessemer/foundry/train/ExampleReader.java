package bessemer.foundry.train;

import bessemer.checkpoint.text.ChatTemplate;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.checkpoint.text.template.TemplateException;
import bessemer.foundry.BadRequestException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads examples from JSON lines, one object each:
///
/// | fields | is | counted |
/// |---|---|---|
/// | `messages` | a conversation, by the model's chat template | what the assistant says |
/// | `prompt`, `completion` | one question and its answer | the completion |
/// | `text` | a text, with the token that ends one | all of it |
///
/// Longer ones are cut at the end.
public final class ExampleReader {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String ASSISTANT = "assistant";

  /// @param maxLength tokens of an example, the most
  /// @param everything counts what users say as well
  public record Settings(int maxLength, boolean everything) {
    public Settings {
      if (maxLength < 2) {
        throw new BadRequestException("examples of " + maxLength + " tokens: at least 2");
      }
    }
  }

  /// @param cut how many were longer
  /// @param empty how many had nothing that counts, and were left out
  public record Read(List<Example> examples, int cut, int empty) {}

  private final Tokenizer tokenizer;
  private final Settings settings;

  public ExampleReader(Tokenizer tokenizer, Settings settings) {
    this.tokenizer = tokenizer;
    this.settings = settings;
  }

  /// @throws BadRequestException naming file and line, if a line is no example
  public Read read(Path file) throws IOException {
    List<Example> all = parsed(file);
    List<Example> kept =
        all.stream().map(this::shortened).filter(example -> example.predictions() > 0).toList();
    if (kept.isEmpty()) {
      throw new BadRequestException(
          "%s has no example whose predictions count within %d tokens"
              .formatted(file, settings.maxLength));
    }
    long cut = all.stream().filter(e -> e.tokens().length > settings.maxLength).count();
    return new Read(kept, (int) cut, all.size() - kept.size());
  }

  private List<Example> parsed(Path file) throws IOException {
    List<Example> examples = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          examples.add(parse(line, file, number));
        }
      }
      return examples;
    } catch (CharacterCodingException e) {
      throw new BadRequestException(file + " is not UTF-8");
    }
  }

  private Example parse(String line, Path file, int number) {
    try {
      return example(MAPPER.readTree(line));
    } catch (JacksonException e) {
      throw bad(file, number, "is no JSON: " + e.getOriginalMessage());
    } catch (TemplateException e) {
      throw bad(file, number, "the chat template refuses it: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw bad(file, number, String.valueOf(e.getMessage()));
    }
  }

  private static BadRequestException bad(Path file, int number, String what) {
    return new BadRequestException("%s, line %d: %s".formatted(file, number, what));
  }

  private Example example(JsonNode node) {
    if (node.has("messages")) {
      return conversation(messages(node.get("messages")));
    }
    if (node.has("prompt") && node.has("completion")) {
      String prompt = text(node, "prompt");
      String completion = text(node, "completion");
      return tokenizer.chatTemplate() == null
          ? continuation(prompt, completion)
          : conversation(List.of(message("user", prompt), message(ASSISTANT, completion)));
    }
    if (node.has("text")) {
      int[] tokens = ended(tokenizer.encode(text(node, "text"), true));
      return new Example(atLeastTwo(tokens), marks(tokens.length, 0, tokens.length));
    }
    throw new IllegalArgumentException(
        "needs \"messages\", \"text\", or \"prompt\" and \"completion\"");
  }

  private static Map<String, String> message(String role, String content) {
    return Map.of("role", role, "content", content);
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isString()) {
      throw new IllegalArgumentException("\"" + field + "\" is not a text");
    }
    return value.asString();
  }

  private static List<Map<String, String>> messages(JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      throw new IllegalArgumentException("\"messages\" is not a list of messages");
    }
    List<Map<String, String>> messages = new ArrayList<>();
    for (JsonNode node : list) {
      messages.add(message(text(node, "role"), text(node, "content")));
    }
    return messages;
  }

  /// An answer begins where the prompt for it ends: also inside a token that the two would share,
  /// which then counts as the answer's.
  private Example conversation(List<Map<String, String>> messages) {
    ChatTemplate template = tokenizer.chatTemplate();
    if (template == null) {
      throw new IllegalArgumentException(
          "the model has no chat template; use \"text\", or \"prompt\" and \"completion\"");
    }
    String whole = template.render(messages, false);
    int[] tokens = atLeastTwo(tokenizer.encode(whole, false));
    if (settings.everything) {
      return new Example(tokens, marks(tokens.length, 0, tokens.length));
    }
    boolean[] counted = new boolean[tokens.length];
    for (int i = 0; i < messages.size(); i++) {
      if (ASSISTANT.equals(messages.get(i).get("role"))) {
        String before = i == 0 ? "" : template.render(messages.subList(0, i), true);
        String until = template.render(messages.subList(0, i + 1), false);
        int from = shared(whole, before, tokens);
        int to = i + 1 == messages.size() ? tokens.length : shared(whole, until, tokens);
        Arrays.fill(counted, from, Math.max(from, to), true);
      }
    }
    return new Example(tokens, counted);
  }

  /// How many of the tokens belong to the beginning of the text.
  private int shared(String whole, String beginning, int[] tokens) {
    if (!whole.startsWith(beginning)) {
      throw new IllegalArgumentException(
          "the chat template writes earlier turns in another way once later ones follow, so that"
              + " answers cannot be told apart; count everything, or split the conversation");
    }
    int[] part = tokenizer.encode(beginning, false);
    int shared = Arrays.mismatch(part, tokens);
    return shared < 0 ? tokens.length : shared;
  }

  private Example continuation(String prompt, String completion) {
    int[] tokens = ended(tokenizer.encode(prompt + completion, true));
    int from = Arrays.mismatch(tokenizer.encode(prompt, true), tokens);
    int first = settings.everything ? 0 : Math.max(0, from);
    return new Example(atLeastTwo(tokens), marks(tokens.length, first, tokens.length));
  }

  private int[] ended(int[] tokens) {
    int end = tokenizer.endToken().orElse(-1);
    if (end < 0 || (tokens.length > 0 && tokens[tokens.length - 1] == end)) {
      return tokens;
    }
    int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
    ended[tokens.length] = end;
    return ended;
  }

  private static int[] atLeastTwo(int[] tokens) {
    if (tokens.length < 2) {
      throw new IllegalArgumentException("is only " + tokens.length + " tokens: at least 2");
    }
    return tokens;
  }

  private static boolean[] marks(int length, int from, int to) {
    boolean[] marks = new boolean[length];
    Arrays.fill(marks, from, to, true);
    return marks;
  }

  private Example shortened(Example example) {
    int most = settings.maxLength;
    return example.tokens().length <= most
        ? example
        : new Example(
            Arrays.copyOf(example.tokens(), most), Arrays.copyOf(example.counted(), most));
  }
}
