package bessemer.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bessemer.gateway.Installation;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Chromium, and an installation with an example to look at. With
/// `-Dbessemer.screenshots=DIRECTORY` tests leave pictures of the pages there.
final class Chromium implements AutoCloseable {
  private static final List<Path> PROGRAMS =
      Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
          .map(Path::of)
          .toList();
  private static final double PATIENCE_MILLIS = 60_000; // for a machine that is busy

  final Installation bessemer = new Installation();
  final Example example = new Example(bessemer);
  private final Playwright playwright;
  private final Browser browser;
  private final List<String> complaints = new ArrayList<>();
  private @Nullable BrowserContext context;

  private Chromium(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /// Skips the tests where there is no Chromium.
  static Chromium launch() {
    Path program = PROGRAMS.stream().filter(Files::isExecutable).findFirst().orElse(null);
    assumeTrue(program != null, "no Chromium on this machine");
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(program)
                    .setArgs(List.of("--no-sandbox"))
                    .setTimeout(PATIENCE_MILLIS));
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    return new Chromium(playwright, browser);
  }

  /// How the page is looked at.
  enum Look {
    LIGHT,
    DARK,
    PHONE;

    Browser.NewContextOptions options() {
      var options = new Browser.NewContextOptions();
      return switch (this) {
        case LIGHT -> options.setViewportSize(1280, 860).setColorScheme(ColorScheme.LIGHT);
        case DARK -> options.setViewportSize(1280, 860).setColorScheme(ColorScheme.DARK);
        case PHONE -> options.setViewportSize(360, 740).setColorScheme(ColorScheme.LIGHT);
      };
    }
  }

  /// A page of an administrator, at the list of models.
  Page logIn(Look look) {
    BrowserContext opened = browser.newContext(look.options().setBaseURL(bessemer.url()));
    context = opened;
    opened.setDefaultTimeout(PATIENCE_MILLIS);
    Page page = opened.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.navigate("/models");
    picture(page, look, "login");
    page.getByLabel("API key").fill(example.admin);
    page.keyboard().press("Enter");
    page.waitForURL("**/models");
    return page;
  }

  /// What the console says with this in it was meant.
  void meant(String part) {
    complaints.removeIf(text -> text.contains(part));
  }

  /// After each test: nothing may have been wrong in the console.
  void leave() {
    List<String> heard = List.copyOf(complaints);
    complaints.clear();
    if (context != null) {
      context.close();
      context = null;
    }
    assertThat(heard).isEmpty();
  }

  void picture(Page page, Look look, String name) {
    String directory = System.getProperty("bessemer.screenshots");
    if (directory != null) {
      Path file = Path.of(directory, look.name().toLowerCase(Locale.ROOT) + "-" + name + ".png");
      page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
    }
  }

  @Override
  public void close() {
    playwright.close();
    bessemer.close();
  }
}
