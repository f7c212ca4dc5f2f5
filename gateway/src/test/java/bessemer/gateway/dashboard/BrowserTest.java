package bessemer.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bessemer.contracts.Artifact;
import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Published;
import bessemer.db.workers.Workers;
import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The dashboard in Chromium, as a user meets it. With `-Dbessemer.screenshots=DIRECTORY` it also
/// leaves pictures of the pages there.
class BrowserTest {
  private static final List<Path> CHROMIUM =
      Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
          .map(Path::of)
          .toList();
  private static final String HUB =
      "hf:Qwen/Qwen2.5-0.5B-Instruct@7ae557604adf67be50417f59c2c2f167def9a775";

  private static @Nullable Installation started;
  private static @Nullable Playwright playwright;
  private static @Nullable Browser browser;

  private Installation bessemer;
  private BrowserContext context;
  private Page page;
  private String admin;
  private final List<String> complaints = new ArrayList<>();

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
                new LaunchOptions().setExecutablePath(chromium).setArgs(List.of("--no-sandbox")));
    started = new Installation();
    started.upstream.parity = resource("parity.json");
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
    }
    if (started != null) {
      started.close();
    }
  }

  @BeforeEach
  void logIn() {
    bessemer = started;
    admin = bessemer.key(Scope.ADMIN);
    open(new Browser.NewContextOptions().setViewportSize(1280, 860));
  }

  @AfterEach
  void nothingWentWrong() {
    context.close();
    assertThat(complaints).isEmpty();
  }

  private void open(Browser.NewContextOptions options) {
    if (context != null) {
      context.close();
    }
    context = browser.newContext(options.setBaseURL(bessemer.url()));
    context.setDefaultTimeout(10_000);
    page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.navigate("/");
    page.locator("#key").fill(admin);
    page.keyboard().press("Enter");
    page.waitForURL(bessemer.url() + "/");
  }

  @Test
  void everyPageInLightDarkAndOnAPhone() {
    populate();
    String done =
        bessemer
            .database()
            .sql("select id from job where spec->>'name' = 'qwen-4bit'")
            .query(String.class)
            .single();
    String running =
        bessemer
            .database()
            .sql("select id from job where spec->>'name' = 'qwen-8bit'")
            .query(String.class)
            .single();
    String failed =
        bessemer
            .database()
            .sql("select id from job where spec->>'name' = 'broken'")
            .query(String.class)
            .single();
    for (String look : List.of("light", "dark", "phone")) {
      open(
          look.equals("phone")
              ? new Browser.NewContextOptions().setViewportSize(360, 740).setDeviceScaleFactor(2)
              : new Browser.NewContextOptions()
                  .setViewportSize(1280, 860)
                  .setColorScheme(look.equals("dark") ? ColorScheme.DARK : ColorScheme.LIGHT));
      for (String path :
          List.of(
              "/",
              "/jobs/" + done,
              "/jobs/" + running,
              "/jobs/" + failed,
              "/models",
              "/models/qwen-4bit",
              "/models/qwen-4bit/parity",
              "/workers",
              "/keys",
              "/submit",
              "/?state=cancelled",
              "/models/nothing")) {
        if (!path.equals("/models/nothing")) {
          page.navigate(path);
          page.waitForTimeout(300);
          String name =
              look
                  + path.replaceAll("[/?=]", "_")
                      .replace(done, "done")
                      .replace(running, "running")
                      .replace(failed, "failed");
          page.screenshot(
              new Page.ScreenshotOptions()
                  .setPath(Path.of("/tmp/dash/shots", name + ".png"))
                  .setFullPage(true));
          assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
              .as(look + path)
              .isEqualTo(0);
        }
      }
    }
  }

  private void populate() {
    var done =
        submit("qwen-4bit").claim("conversion-1").step("inspect").step("plan").step("convert");
    done.log("INFO", "169 tensors in 1 file, 988.1 MB");
    for (int i = 1; i <= 40; i++) {
      done.progress("convert", 24_700_000L * i, 988_000_000);
    }
    done.shard("model.safetensors", 278_000_000).step("assemble").step("verify");
    done.log("WARN", "model.embed_tokens: tied with lm_head, written once").log(
        "INFO", "MEASURED: quantized, runs as written; beside PyTorch degraded");
    done.succeed("qwen-4bit", "measured");
    publish("qwen-4bit", "measured", done);
    submit("broken")
        .claim("conversion-1")
        .step("inspect")
        .log("ERROR", "model.safetensors: offset 1204 lies beyond the end of the file")
        .fail(
            "model.safetensors: the header says 988,097,824 bytes, the file has 412,000,000: download it again");
    submit("qwen-8bit")
        .claim("conversion-1")
        .step("inspect")
        .step("plan")
        .step("convert")
        .progress("convert", 431_000_000, 988_000_000)
        .shard("model-00001-of-00002.safetensors", 278_000_000);
    submit("llama-3.2-1b-instruct-mixed");
    bessemer
        .context
        .getBean(Workers.class)
        .beat(
            "mac-studio",
            null,
            new WorkerBeat(
                "inference",
                null,
                null,
                null,
                "0.1.0",
                List.of("cpu", "mlx"),
                List.of(new WorkerBeat.Loaded("qwen-4bit", "1", 278_000_000)),
                2,
                278_000_000,
                8_000_000_000L));
  }

  private StagedJob submit(String name) {
    return StagedJob.submit(
        bessemer, admin, Map.of("source", HUB, "name", name, "bits", 4, "reference", "auto"));
  }

  private void publish(String name, String state, StagedJob job) {
    bessemer
        .context
        .getBean(Catalogue.class)
        .publish(
            new Published(
                name,
                name,
                "mlx",
                "qwen2",
                "4 bit, groups of 64",
                state,
                Map.of("source", HUB, "precision", "4 bit, groups of 64", "planner", "1"),
                List.of(
                    new Artifact(
                        "model.safetensors",
                        278_000_000,
                        "3baf6d57c06c9145de1de98cceb698adca510a108c32fa9d3965a010ee490389"),
                    new Artifact(
                        "config.json",
                        812,
                        "2c8d20254aac53e2141e8ee259349a2e0fc6273500bb26aa64555c2235fa7b71")),
                job.id));
  }

  private static String resource(String name) {
    try (var in = BrowserTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
