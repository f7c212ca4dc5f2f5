package bessemer.foundry.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.foundry.BadRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
  @TempDir Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void load() throws IOException {
    tokenizer = Tokenizer.load(Path.of("../../examples/tiny-llama"), folder.resolve("cache"));
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private ExampleReader.Read read(int maxLength, boolean everything, String... lines)
      throws IOException {
    Path file = Files.write(folder.resolve("data.jsonl"), List.of(lines));
    return new ExampleReader(tokenizer, new ExampleReader.Settings(maxLength, everything))
        .read(file);
  }

  private String counted(Example example) {
    int[] counted = new int[example.predictions()];
    int at = 0;
    for (int i = 1; i < example.tokens().length; i++) {
      if (example.counted()[i]) {
        counted[at++] = example.tokens()[i];
      }
    }
    return tokenizer.decode(counted, false);
  }

  @Test
  void ofAConversationWhatTheAssistantSaysCounts() throws IOException {
    String line =
        """
        {"messages": [{"role": "system", "content": "Be brief."},\
         {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."},\
         {"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Tiny."}]}\
        """;
    Example answers = read(99, false, line).examples().getFirst();
    assertThat(counted(answers)).isEqualTo("Hello.<|end|>Tiny.<|end|>");
    Example all = read(99, true, line).examples().getFirst();
    assertThat(all.tokens()).isEqualTo(answers.tokens());
    assertThat(counted(all))
        .isEqualTo(
            "<|system|>Be brief.<|end|><|user|>Hi<|end|><|assistant|>Hello.<|end|>"
                + "<|user|>Who?<|end|><|assistant|>Tiny.<|end|>");
  }

  @Test
  void aPromptWithItsCompletionIsAConversation() throws IOException {
    ExampleReader.Read read =
        read(99, false, "{\"prompt\": \"Hi\", \"completion\": \"Hello.\"}", "");
    assertThat(counted(read.examples().getFirst())).isEqualTo("Hello.<|end|>");
  }

  @Test
  void allOfATextCountsAndItEnds() throws IOException {
    Example text = read(99, false, "{\"text\": \"The sky is blue.\"}").examples().getFirst();
    assertThat(counted(text)).endsWith("sky is blue.<|end|>");
  }

  @Test
  void longExamplesAreCutAndThoseWithoutAnAnswerLeftOut() throws IOException {
    String lengthy = "{\"prompt\": \"What is the capital of France?\", \"completion\": \"Paris.\"}";
    ExampleReader.Read read = read(6, false, lengthy, "{\"text\": \"The sky is blue.\"}");
    assertThat(read.cut()).isPositive();
    assertThat(read.empty()).isEqualTo(1);
    assertThat(read.examples()).hasSize(1);
    assertThatThrownBy(() -> read(6, false, lengthy))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("has no example whose predictions count within 6 tokens");
  }

  @Test
  void namesFileAndLineOfWhatIsNoExample() {
    String good = "{\"text\": \"The sky is blue.\"}";
    refused("{\"text\": ", "line 2: is no JSON", good);
    refused("{\"words\": 1}", "line 2: needs \"messages\", \"text\"", good);
    refused("{\"text\": 7}", "line 2: \"text\" is not a text", good);
    refused("{\"messages\": []}", "line 2: \"messages\" is not a list of messages", good);
    refused(
        "{\"messages\": [{\"role\": \"robot\", \"content\": \"x\"}]}",
        "line 2: the chat template refuses it: ",
        good);
  }

  private void refused(String bad, String message, String good) {
    assertThatThrownBy(() -> read(99, false, good, bad))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("data.jsonl, " + message);
  }
}
