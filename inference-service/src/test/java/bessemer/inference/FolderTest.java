package bessemer.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.inference.registration.Registration;
import bessemer.service.SignedCalls;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;

/// One directory served without a gateway.
class FolderTest {
  @TempDir Path home;

  @Test
  void servesADirectoryUnderItsOwnNameWithoutKeys() throws Exception {
    Path model = TinyModels.quantize(home.resolve("Tiny-4bit"));
    try (var worker = new Worker(home, "bessemer.serve", model.toString())) {
      HttpResponse<String> list = worker.send(worker.unsigned("/v1/models").build());
      HttpResponse<String> answer =
          worker.send(
              worker
                  .unsigned("/v1/completions")
                  .POST(
                      java.net.http.HttpRequest.BodyPublishers.ofString(
                          "{\"model\": \"tiny-4bit\", \"prompt\": \"Once\"}"))
                  .build());

      assertThat(list.body()).contains("\"id\":\"tiny-4bit\"");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThatThrownBy(() -> worker.bean(Registration.class))
          .isInstanceOf(NoSuchBeanDefinitionException.class);
      assertThatThrownBy(() -> worker.bean(SignedCalls.class))
          .isInstanceOf(NoSuchBeanDefinitionException.class);
    }
  }

  @Test
  void servesATranslator() throws Exception {
    Path model = TinyModels.translator(home.resolve("Letters"));
    try (var worker = new Worker(home, "bessemer.serve", model.toString())) {
      HttpResponse<String> answer =
          worker.send(
              worker
                  .unsigned("/api/v1/translate")
                  .POST(
                      java.net.http.HttpRequest.BodyPublishers.ofString(
                          """
                          {"model": "letters", "text": "a b c", "source_lang": "en",
                           "target_lang": "fr"}
                          """))
                  .build());

      assertThat(answer.body()).contains("\"translation\":\"l s b b\"");
    }
  }

  @Test
  void refusesToLetOtherMachinesIn() throws Exception {
    Path model = TinyModels.convert(home.resolve("tiny"));

    assertThatThrownBy(
            () -> new Worker(home, "bessemer.serve", model.toString(), "server.address", "0.0.0.0"))
        .hasStackTraceContaining("served without keys");
  }

  @Test
  void refusesADirectoryWithoutAModel() {
    assertThatThrownBy(() -> new Worker(home, "bessemer.serve", home.toString()))
        .hasStackTraceContaining("has no config.json");
  }
}
