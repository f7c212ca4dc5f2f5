package bessemer.gateway.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Sinks;

/// The dashboard in Chromium, as a user meets it. With `-Dbessemer.screenshots=DIRECTORY` it also
/// leaves pictures of the pages there.
class BrowserTest {
  private static final List<Path> CHROMIUM =
      Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
          .map(Path::of)
          .toList();
  private static final double PATIENCE_MILLIS = 60_000; // for a machine that is busy

  private static @Nullable Playwright playwright;
  private static Browser browser;
  private static Installation bessemer;
  private static Example example;

  private final List<String> complaints = new ArrayList<>();
  private BrowserContext context;
  private Page page;

  @BeforeAll
  static void start() {
    Path chromium = CHROMIUM.stream().filter(Files::isExecutable).findFirst().orElse(null);
    assumeTrue(chromium != null, "no Chromium on this machine");
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(chromium)
                    .setArgs(List.of("--no-sandbox"))
                    .setTimeout(PATIENCE_MILLIS));
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    bessemer = new Installation();
    example = new Example(bessemer);
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
      bessemer.close();
    }
  }

  /// How the page is looked at.
  enum Look {
    LIGHT,
    DARK,
    PHONE;

    Browser.NewContextOptions options() {
      var options = new Browser.NewContextOptions().setBaseURL(bessemer.url());
      return switch (this) {
        case LIGHT -> options.setViewportSize(1280, 860).setColorScheme(ColorScheme.LIGHT);
        case DARK -> options.setViewportSize(1280, 860).setColorScheme(ColorScheme.DARK);
        case PHONE -> options.setViewportSize(360, 740).setColorScheme(ColorScheme.LIGHT);
      };
    }
  }

  @BeforeEach
  void begin() {
    complaints.clear();
  }

  @AfterEach
  void nothingWasWrongInTheConsole() {
    if (context != null) {
      context.close();
    }
    assertThat(complaints).isEmpty();
  }

  private void logIn(Look look) {
    context = browser.newContext(look.options());
    context.setDefaultTimeout(PATIENCE_MILLIS);
    page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.navigate("/models");
    picture(look, "login");
    page.getByLabel("API key").fill(example.admin);
    page.keyboard().press("Enter");
    page.waitForURL("**/models");
  }

  @Test
  void aJobGoesToItsEndBeforeOnesEyes() {
    logIn(Look.LIGHT);
    page.navigate("/");
    assertThat(page.locator("#live")).hasText("live");
    page.evaluate("window.sameDocument = true");

    StagedJob job = example.submit("watched");
    Locator row = page.locator("#job-" + job.id);
    assertThat(row.locator(".badge")).hasText("queued");
    job.claim("conversion-1").step("convert").progress("convert", 250, 1000);
    assertThat(row.locator(".badge")).hasText("running");
    assertThat(row.locator("progress")).hasAttribute("value", "25");
    assertThat(row).containsText("25 %");
    assertThat(row).containsText("conversion-1");
    job.succeed("watched", "proved");
    assertThat(row.locator(".badge")).hasText("succeeded");
    assertThat(row.getByRole(AriaRole.BUTTON)).hasCount(0);
    assertThat(page.evaluate("window.sameDocument")).isEqualTo(true);
  }

  @Test
  void thePageOfAJobFollowsItsStepsEventsAndLog() {
    logIn(Look.LIGHT);
    StagedJob job = example.submit("followed").claim("conversion-1");
    page.navigate("/jobs/" + job.id);
    assertThat(page.locator("#live")).hasText("live");
    page.evaluate("window.sameDocument = true");

    job.log("INFO", "169 tensors in 1 file").step("inspect");
    assertThat(page.locator("#events")).containsText("inspect");
    assertThat(page.locator("[data-live=steps]")).containsText("started");
    assertThat(page.locator("#log")).containsText("169 tensors in 1 file");
    job.log("ERROR", "the end of the file is missing").fail("model.safetensors: too short");
    assertThat(page.locator("[data-live=state]")).hasText("failed");
    assertThat(page.locator("[data-live=error]")).containsText("model.safetensors: too short");
    assertThat(page.locator("#log")).containsText("the end of the file is missing");
    assertThat(page.locator("#events .failed")).hasCount(1);
    assertThat(page.evaluate("window.sameDocument")).isEqualTo(true);
  }

  @Test
  void cancellingAsksFirst() {
    logIn(Look.LIGHT);
    StagedJob job = example.submit("unwanted");
    page.navigate("/");
    Locator row = page.locator("#job-" + job.id);
    Locator cancel = page.locator("#cancel-" + job.id);

    cancel.click();
    assertThat(page.getByRole(AriaRole.DIALOG)).containsText("unwanted");
    page.locator("#confirm [value=no]").click();
    assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
    assertThat(row.locator(".badge")).hasText("queued");

    cancel.click();
    page.locator("#confirm [value=yes]").click();
    assertThat(row.locator(".badge")).hasText("cancelled");
  }

  @Test
  void theKeyboardReachesEverythingAndShowsWhereItIs() {
    logIn(Look.LIGHT);
    StagedJob job = example.submit("by-keyboard");
    page.navigate("/");
    page.keyboard().press("Tab");
    assertThat(page.locator("a.skip")).isFocused();
    assertThat(page.locator("a.skip")).isInViewport();
    page.keyboard().press("Enter");
    assertThat(page.locator("main")).isFocused();

    for (int i = 0; i < 60 && !isFocused("cancel-" + job.id); i++) {
      page.keyboard().press("Tab");
    }
    assertThat(page.locator("#cancel-" + job.id)).isFocused();
    assertThat(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        .isEqualTo("solid");
    page.keyboard().press("Enter");
    assertThat(page.locator("#confirm [value=no]")).isFocused();
    page.keyboard().press("Tab");
    page.keyboard().press("Enter");
    assertThat(page.locator("#job-" + job.id + " .badge")).hasText("cancelled");
  }

  private boolean isFocused(String id) {
    return Boolean.TRUE.equals(page.evaluate("id => document.activeElement.id === id", id));
  }

  @Test
  void theFormNamesTheFieldAndKeepsWhatWasTyped() {
    logIn(Look.LIGHT);
    page.navigate("/submit");
    page.getByLabel("Repository and revision").fill("org/name@" + "0123456789".repeat(4));
    page.getByLabel("Name of the model").fill("Not A Name");
    // The answer is 422, which the console tells as an error: here it is meant.
    page.getByRole(AriaRole.BUTTON, named("Submit")).click();
    assertThat(page.locator("#name-error")).containsText("Not A Name");
    assertThat(page.getByLabel("Name of the model")).hasAttribute("aria-invalid", "true");
    complaints.removeIf(text -> text.contains("422"));

    page.getByLabel("Name of the model").fill("from-a-form");
    page.getByRole(AriaRole.BUTTON, named("Submit")).click();
    page.waitForURL("**/jobs/*");
    assertThat(page.locator("h1")).hasText("from-a-form");
  }

  @Test
  void anEvaluationIsSubmittedWithAForm() {
    logIn(Look.LIGHT);
    page.navigate("/models/nllb-8bit");
    page.getByRole(AriaRole.LINK, named("Evaluate it")).click();
    assertThat(page.getByLabel("Model")).hasValue("nllb-8bit");
    page.getByLabel("What they should say").selectOption(option("flores.fra"));
    page.getByLabel("From").fill("English");
    page.getByRole(AriaRole.BUTTON, named("Submit")).click();
    assertThat(page.locator("#to-error")).containsText("is missing");
    complaints.removeIf(text -> text.contains("422"));
    assertThat(page.getByLabel("From")).hasValue("English");

    page.getByLabel("To", exact()).fill("French");
    page.getByRole(AriaRole.BUTTON, named("Submit")).click();
    page.waitForURL("**/jobs/*");
    assertThat(page.locator("h1")).hasText("nllb-8bit");
    picture(Look.LIGHT, "evaluation-submitted");
  }

  /// The value of the file's option.
  private String option(String file) {
    Locator options =
        page.locator("#reference option", new Page.LocatorOptions().setHasText(file + " · "));
    return String.valueOf(options.first().getAttribute("value"));
  }

  @Test
  void aKeyIsShownOnceAndCanBeRevoked() {
    logIn(Look.LIGHT);
    page.navigate("/keys");
    page.getByLabel("Name").fill("a visitor");
    page.getByRole(AriaRole.BUTTON, named("Make the key")).click();
    assertThat(page.locator("#secret")).containsText("bsm_");
    String secret = page.locator("#secret").textContent();
    assertThat(bessemer.get("/api/v1/jobs", secret).statusCode()).isEqualTo(200);

    page.getByRole(AriaRole.BUTTON, named("Revoke a visitor")).click();
    page.locator("#confirm [value=yes]").click();
    assertThat(page.locator("#keys tr", new Page.LocatorOptions().setHasText("a visitor")))
        .containsText("revoked");
    assertThat(bessemer.get("/api/v1/jobs", secret).statusCode()).isEqualTo(401);
    page.reload();
    assertThat(page.locator("#made")).isHidden();
  }

  @Test
  void anAnswerStreamsAndStopEndsItAtTheWorker() throws Exception {
    bessemer.upstream.stream = Sinks.many().unicast().onBackpressureBuffer();
    logIn(Look.LIGHT);
    page.navigate("/models/qwen-4bit");
    page.getByLabel("Message").fill("Say something");
    example.beat(bessemer.upstream.url());
    page.keyboard().press("Control+Enter");
    assertThat(page.locator(".turn.user")).hasText("Say something");

    for (String word : List.of("Iron", " and", " air")) {
      say(word);
    }
    assertThat(page.locator(".turn.assistant")).hasText("Iron and air");
    assertThat(page.locator("#pace")).containsText("3 tokens");
    assertThat(page.locator("#pace")).containsText("tokens/s");
    page.getByRole(AriaRole.BUTTON, named("Stop")).click();
    assertThat(page.locator("#pace")).containsText("stopped");
    assertThat(page.locator("#send")).isEnabled();
    assertThat(bessemer.upstream.streamCancelled.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void sentencesComeToTheirPlaceWhileTheTextIsTranslated() throws Exception {
    bessemer.upstream.translation = Sinks.many().unicast().onBackpressureBuffer();
    logIn(Look.LIGHT);
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
    picture(Look.LIGHT, "translating");
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
    picture(Look.LIGHT, "translated");
    assertThat(bessemer.upstream.translations.getLast())
        .contains("\"source_lang\":\"fra_Latn\"", "\"target_lang\":\"deu_Latn\"")
        .contains("[\"Bonjour. Le fer est chaud.\",\"\",\"Merci.\"]", "\"stream\":true");
  }

  @Test
  void aTranslationThatBreaksOffSaysWhyAndStopEndsOneAtTheWorker() throws Exception {
    bessemer.upstream.translation = Sinks.many().unicast().onBackpressureBuffer();
    logIn(Look.LIGHT);
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

  private static void say(String word) {
    bessemer
        .upstream
        .stream
        .tryEmitNext("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}".formatted(word))
        .orThrow();
  }

  @Test
  void theColoursFollowTheSystemAndTheButton() {
    logIn(Look.DARK);
    String dark = ground();
    page.locator("#theme").click();
    String light = ground();
    assertThat(light).isNotEqualTo(dark);
    page.reload();
    assertThat(ground()).isEqualTo(light);
  }

  private String ground() {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }

  @ParameterizedTest
  @EnumSource
  void everyPageFitsItsScreen(Look look) {
    logIn(look);
    for (Map.Entry<String, String> view : example.pages().entrySet()) {
      page.navigate(view.getValue());
      assertThat(page.locator("h1, h2").first()).isVisible();
      if (view.getKey().equals("job-done")) {
        assertThat(page.locator("#report")).containsText("Error by component");
      }
      picture(look, view.getKey());
      Object beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assertThat((int) beyond).as("pixels beyond the screen: %s", view).isLessThanOrEqualTo(0);
    }
  }

  private void picture(Look look, String name) {
    String directory = System.getProperty("bessemer.screenshots");
    if (directory != null) {
      Path file =
          Path.of(directory, look.name().toLowerCase(java.util.Locale.ROOT) + "-" + name + ".png");
      page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
    }
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
