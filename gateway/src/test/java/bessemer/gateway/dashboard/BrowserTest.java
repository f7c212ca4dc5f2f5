package bessemer.gateway.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import bessemer.gateway.dashboard.Chromium.Look;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Sinks;

/// The dashboard in Chromium, as a user meets it.
class BrowserTest {
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

  @AfterEach
  void nothingWasWrongInTheConsole() {
    chromium.leave();
  }

  private void logIn(Look look) {
    page = chromium.logIn(look);
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
    chromium.meant("422");

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
    chromium.meant("422");
    assertThat(page.getByLabel("From")).hasValue("English");

    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("French");
    page.getByRole(AriaRole.BUTTON, named("Submit")).click();
    page.waitForURL("**/jobs/*");
    assertThat(page.locator("h1")).hasText("nllb-8bit");
    chromium.picture(page, Look.LIGHT, "evaluation-submitted");
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
      chromium.picture(page, look, view.getKey());
      Object beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assertThat((int) beyond).as("pixels beyond the screen: %s", view).isLessThanOrEqualTo(0);
    }
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
