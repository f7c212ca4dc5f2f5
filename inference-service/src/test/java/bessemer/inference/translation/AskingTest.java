package bessemer.inference.translation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.TranslationRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AskingTest {
  @Test
  void numbersAreAskedForAsTheyAreWritten() {
    String body =
        """
        {"model": "m", "text": "a", "source_lang": "en", "target_lang": "fr",
         "length_penalty": 0.6, "temperature": 0.7, "top_p": 0.9, "top_k": 3,
         "seed": -9223372036854775808}\
        """;
    TranslationRequest request = Asking.of(body.getBytes(StandardCharsets.UTF_8));

    assertThat(request.lengthPenalty()).isEqualTo(0.6);
    assertThat(request.temperature()).isEqualTo(0.7);
    assertThat(request.topP()).isEqualTo(0.9);
    assertThat(request.topK()).isEqualTo(3);
    assertThat(request.seed()).isEqualTo(Long.MIN_VALUE);
  }
}
