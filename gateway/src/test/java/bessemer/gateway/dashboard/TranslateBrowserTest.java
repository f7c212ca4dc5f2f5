package bessemer.gateway.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.gateway.Installation;
import bessemer.gateway.dashboard.Chromium.Look;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;

/// The translate page in Chromium.
class TranslateBrowserTest {
  private static Chromium chromium;
  private static Installation bessemer;
  private static Example example;

  private Page page;

  @BeforeAll
  static void start() {
    chromium = Chromium.launch();
    bessemer = chromium.bessemer;
    example = chromium.example;
  }

  @AfterAll
  static void stop() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void logIn() {
    bessemer.upstream.translation = Sinks.many().unicast().onBackpressureBuffer();
    page = chromium.logIn(Look.LIGHT);
  }

  @AfterEach
  void nothingWasWrongInTheConsole() {
    chromium.leave();
  }

  @Test
  void sentencesComeToTheirPlaceWhileTheTextIsTranslated() throws Exception {
    page.navigate("/models/nllb-8bit");
    page.getByRole(AriaRole.LINK, named("Translate a text")).click();
    assertThat(page.getByLabel("From")).hasValue("eng_Latn");
    assertThat(page.getByLabel("To", exact())).hasValue("fra_Latn");
    page.getByRole(AriaRole.BUTTON, named("Exchange the languages")).click();
    page.getByLabel("To", exact()).selectOption("German (deu_Latn)");
    page.getByLabel("Text").fill("Bonjour. Le fer est chaud.\n\nMerci.");
    example.beat(bessemer.upstream.url());
    page.keyboard().press("Control+Enter");

    Locator result = page.locator("#result p");
    translated(0, 1, 2, "Das Eisen ist heiß.");
    assertThat(result.first()).containsText("Das Eisen ist heiß.");
    assertThat(page.locator(".awaited")).hasCount(1);
    chromium.picture(page, Look.LIGHT, "translating");
    translated(0, 0, 2, "Guten Tag.");
    assertThat(result.first()).hasText("Guten Tag. Das Eisen ist heiß.");
    assertThat(page.locator("#pace")).containsText("2 sentences");
    translated(2, 0, 1, "Danke.");
    tell(
        "done",
        """
        {"model":"nllb-8bit","source_lang":"fra_Latn","target_lang":"deu_Latn","translations":[\
        {"translation":"Guten Tag. Das Eisen ist heiß.","target_tokens":12,"finish":"stop"},\
        {"translation":"","target_tokens":0,"finish":"stop"},\
        {"translation":"Danke.","target_tokens":4,"finish":"length"}],"seconds":1}\
        """);
    bessemer.upstream.translation.tryEmitComplete().orThrow();
    assertThat(page.locator("#pace")).containsText("3 sentences, 16 tokens in");
    assertThat(result)
        .hasText(new String[] {"Guten Tag. Das Eisen ist heiß.", "", "Danke. (cut: too long)"});
    assertThat(page.locator("#copy")).isVisible();
    chromium.picture(page, Look.LIGHT, "translated");
    assertThat(bessemer.upstream.translations.getLast())
        .contains("\"source_lang\":\"fra_Latn\"", "\"target_lang\":\"deu_Latn\"")
        .contains("[\"Bonjour. Le fer est chaud.\",\"\",\"Merci.\"]", "\"stream\":true");
  }

  @Test
  void aTranslationThatBreaksOffSaysWhyAndStopEndsOneAtTheWorker() throws Exception {
    page.navigate("/translate?model=nllb-8bit");
    page.getByLabel("Text").fill("Iron and air.");
    example.beat(bessemer.upstream.url());
    page.getByRole(AriaRole.BUTTON, named("Translate")).click();
    tell("error", "{\"status\":500,\"detail\":\"the model failed\"}");
    assertThat(page.locator("#error")).hasText("the model failed");
    assertThat(page.locator("#send")).isEnabled();

    bessemer.upstream.translation = Sinks.many().unicast().onBackpressureBuffer();
    example.beat(bessemer.upstream.url());
    page.getByRole(AriaRole.BUTTON, named("Translate")).click();
    assertThat(page.locator("#error")).hasText("");
    translated(0, 0, 2, "Le fer");
    assertThat(page.locator("#result")).containsText("Le fer");
    page.getByRole(AriaRole.BUTTON, named("Stop")).click();
    assertThat(page.locator("#pace")).containsText("stopped");
    assertThat(bessemer.upstream.translationCancelled.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void languagesThatComeLateAreNotThoseOfAnotherModel() {
    page.navigate("/translate?model=nllb-8bit");
    assertThat(page.locator("#send")).isEnabled();
    List<Route> late = new ArrayList<>();
    page.route("**/api/v1/models/slow/languages", late::add);
    page.evaluate("document.getElementById('model').append(new Option('slow', 'slow'))");
    page.getByLabel("Model").selectOption("slow");
    assertThat(page.locator("#send")).isDisabled();
    page.waitForCondition(() -> !late.isEmpty());

    page.getByLabel("Model").selectOption("nllb-8bit");
    assertThat(page.locator("#send")).isEnabled();
    String answer = "{\"items\":[{\"code\":\"xx\",\"name\":\"Late\"}],\"next\":null}";
    page.waitForResponse(
        "**/slow/languages",
        () -> late.getFirst().fulfill(new Route.FulfillOptions().setBody(answer)));
    page.evaluate("fetch('/api/v1/models/nllb-8bit/languages').then((other) => other.text())");

    assertThat(page.getByLabel("From")).hasValue("eng_Latn");
    assertThat(page.locator("#send")).isEnabled();
  }

  private static void translated(int text, int sentence, int sentences, String translation) {
    tell(
        "sentence",
        """
        {"text":%d,"sentence":%d,"sentences":%d,"translation":"%s","finish":"stop"}\
        """
            .formatted(text, sentence, sentences, translation));
  }

  private static void tell(String type, String data) {
    bessemer
        .upstream
        .translation
        .tryEmitNext("event: %s\ndata: %s\n\n".formatted(type, data))
        .orThrow();
  }

  private static Page.GetByLabelOptions exact() {
    return new Page.GetByLabelOptions().setExact(true);
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
